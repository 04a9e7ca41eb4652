import { basename, dirname, join } from 'node:path';
import { removeQuietly, type Ports } from '../system/index.js';
import { catalogOf, lastGood, metadataPath, parseBackupName, readStoreNames } from '../store/index.js';
import { vaultKeys } from '../vault/index.js';

/** A file in the vault. */
export interface VaultFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Infinity for everything except images: it is not removed to make room. */
  readonly createdAtMs: number;
}

/** The files of all projects but one. */
export function readOtherCopies(vault: string, key: string, ports: Ports): readonly VaultFile[] {
  return vaultKeys(vault, ports)
    .filter((other) => other !== key)
    .flatMap((other) => readProjectFiles(join(vault, other), ports));
}

function readProjectFiles(folder: string, ports: Ports): readonly VaultFile[] {
  return readStoreNames(folder, ports).map((name) => {
    const path = join(folder, name);
    const sizeBytes = ports.files.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0;
    return { path, sizeBytes, createdAtMs: parseBackupName(name)?.createdAt?.getTime() ?? Infinity };
  });
}

/** Removes the oldest copies of other projects until the vault fits its limit, but not the last verified one of each. */
export function removeBeyondLimit(vault: string, key: string, totalBytes: number, ports: Ports): void {
  const others = readOtherCopies(vault, key, ports);
  const all = [...others, ...readProjectFiles(join(vault, key), ports)];
  let excessBytes = all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - totalBytes;
  const protectedPaths = new Map<string, string | undefined>();
  for (const { path, sizeBytes, createdAtMs } of others.toSorted((a, b) => a.createdAtMs - b.createdAtMs)) {
    if (excessBytes <= 0 || createdAtMs === Infinity) return;
    const folder = dirname(path);
    if (!protectedPaths.has(folder)) protectedPaths.set(folder, bestPath(folder, ports));
    if (protectedPaths.get(folder) === path) continue;
    const id = parseBackupName(basename(path))?.id ?? '';
    removeQuietly(metadataPath(folder, id), ports.files);
    removeQuietly(path, ports.files);
    excessBytes -= sizeBytes;
  }
}

function bestPath(folder: string, ports: Ports): string | undefined {
  const { backups } = catalogOf(folder, readStoreNames(folder, ports), ports);
  return (lastGood(backups) ?? backups[0])?.path;
}
