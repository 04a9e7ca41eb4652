import { dirname, join } from 'node:path';
import { removeQuietly, type Ports } from '../system/index.js';
import { catalogOf, lastGood, mayBePinned, metadataPath, parseBackupName, readStoreNames } from '../store/index.js';
import { vaultKeys } from '../vault/index.js';

/** A file in the vault. */
export interface VaultFile {
  readonly path: string;
  readonly sizeBytes: number;
  /** Undefined for everything except images. */
  readonly backupId: string | undefined;
  /** Infinity for everything except images: it is not removed to make room. */
  readonly createdAtMs: number;
}

/** The files of all projects but one. */
export function readOtherFiles(vault: string, key: string, ports: Ports): readonly VaultFile[] {
  return vaultKeys(vault, ports)
    .filter((other) => other !== key)
    .flatMap((other) => readVaultFiles(join(vault, other), ports));
}

/** The files in a project's folder; none if it is missing. */
export function readVaultFiles(folder: string, ports: Ports): readonly VaultFile[] {
  return readStoreNames(folder, ports).map((name) => {
    const path = join(folder, name);
    const backup = parseBackupName(name);
    return {
      path,
      sizeBytes: ports.files.lstatSync(path, { throwIfNoEntry: false })?.size ?? 0,
      backupId: backup?.id,
      createdAtMs: backup?.createdAt?.getTime() ?? Infinity,
    };
  });
}

export function sizeOf(files: readonly VaultFile[]): number {
  return files.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/**
 * Removes the oldest copies until at least `excessBytes` are free, but not the last verified one of each project, nor
 * those that are or may be pinned.
 */
export function removeOldest(files: readonly VaultFile[], excessBytes: number, ports: Ports): void {
  let leftBytes = excessBytes;
  const protectedPaths = new Map<string, ReadonlySet<string>>();
  for (const { path, sizeBytes, backupId, createdAtMs } of files.toSorted((a, b) => a.createdAtMs - b.createdAtMs)) {
    if (leftBytes <= 0 || backupId === undefined || createdAtMs === Infinity) return;
    const folder = dirname(path);
    if (!protectedPaths.has(folder)) protectedPaths.set(folder, pathsToKeep(folder, ports));
    if (protectedPaths.get(folder)?.has(path) === true) continue;
    removeQuietly(metadataPath(folder, backupId), ports.files);
    removeQuietly(path, ports.files);
    leftBytes -= sizeBytes;
  }
}

function pathsToKeep(folder: string, ports: Ports): ReadonlySet<string> {
  const { backups } = catalogOf(folder, readStoreNames(folder, ports), ports);
  const best = lastGood(backups) ?? backups[0];
  return new Set([...backups.filter(mayBePinned), ...(best === undefined ? [] : [best])].map(({ path }) => path));
}
