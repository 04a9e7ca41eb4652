import { dirname, join } from 'node:path';
import {
  asBackupError,
  isNotFound,
  kindAt,
  systemErrorCode,
  sweepLockFiles,
  readSmallFile,
  PRIVATE_MODE,
  syncFolder,
  userVaultFolder,
  withStoreLock,
  type Ports,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { forgetProject, isExpired, readProjectRecords, type ProjectRecord } from '../projects/index.js';
import { isTemporaryFile, parseBackupName, readStoreNames } from '../store/index.js';
import { segmentNumber } from '../history/index.js';
import { SYNC_BEGUN_FILE, SYNC_PENDING_FILE, vaultFoldersOf, vaultKeys, readVaultOrWarn } from '../vault/index.js';
import { parseDescription } from './projectDescription.js';
import { PROJECT_FILE } from './targetNames.js';
import { readVaultFiles, sizeOf } from './vaultSpace.js';

/** One project's folder in the vault. */
export interface VaultProject {
  /** The folder's name. */
  readonly key: string;
  /** The project's folder; undefined if it is not recorded. */
  readonly root: string | undefined;
  readonly backupCount: number;
  readonly newestAt: Date | undefined;
  readonly sizeBytes: number;
}

/** The path of the vault, and its projects. Undefined if the user has no home folder. */
export function readVaultProjects(
  ports: Ports,
): { readonly vault: string; readonly projects: readonly VaultProject[] } | undefined {
  const vault = userVaultFolder(ports.environment);
  if (vault === undefined) return undefined;
  const rootOf = new Map(
    readProjectRecords(ports, (warning) => ports.onWarning?.(warning)).flatMap(({ roots: [root], vaultKeys: keys }) =>
      keys.map((key) => [key, root] as const),
    ),
  );
  const projects = vaultKeys(vault, ports).map((key) => {
    const folder = join(vault, key);
    return { key, root: rootOf.get(key) ?? describedRoot(folder, key, ports), ...contentOf(folder, ports) };
  });
  return { vault, projects };
}

/** The number of backups of a recorded project in the vault. */
export function countCopies({ vaultKeys: keys }: Pick<ProjectRecord, 'vaultKeys'>, ports: Ports): number {
  const vault = userVaultFolder(ports.environment);
  if (vault === undefined) return 0;
  return readVaultOrWarn(0, ports, () =>
    keys.reduce((sum, key) => sum + contentOf(join(vault, key), ports).backupCount, 0),
  );
}

/** The number of backups of this project in the vault. */
export function countInVault(project: Project, ports: Ports): number {
  return readVaultOrWarn(0, ports, () =>
    vaultFoldersOf(project, ports).reduce((sum, folder) => sum + contentOf(folder, ports).backupCount, 0),
  );
}

function contentOf(folder: string, ports: Ports): Pick<VaultProject, 'backupCount' | 'newestAt' | 'sizeBytes'> {
  const vaultFiles = readVaultFiles(folder, ports);
  const images = vaultFiles.filter(({ backupId }) => backupId !== undefined);
  const times = images.map(({ createdAtMs }) => createdAtMs).filter(Number.isFinite);
  const newestMs = times.reduce((newest, ms) => Math.max(newest, ms), -Infinity);
  return {
    backupCount: new Set(images.map(({ backupId }) => backupId)).size,
    newestAt: Number.isFinite(newestMs) ? new Date(newestMs) : undefined,
    sizeBytes: sizeOf(vaultFiles),
  };
}

/** From the description that a sync writes. It is only displayed and compared; no file at that path is changed. */
function describedRoot(folder: string, key: string, { files }: Ports): string | undefined {
  try {
    const { root } = parseDescription(key, readSmallFile(join(folder, PROJECT_FILE), MAX_DESCRIPTION_BYTES, files));
    return root === '' ? undefined : root;
  } catch {
    return undefined;
  }
}

const MAX_DESCRIPTION_BYTES = 64 * 1024;

/** A file in a project's folder. Its modification time is when the user forgot the project. */
const FORGOTTEN_FILE = 'forgotten';

/** Starts the period after which the copies of a forgotten project are deleted. */
export function startExpiry(keys: readonly string[], ports: Ports): void {
  const vault = userVaultFolder(ports.environment);
  if (vault === undefined) return;
  for (const key of keys) {
    if (kindAt(join(vault, key), ports) !== 'folder') continue;
    const path = join(vault, key, FORGOTTEN_FILE);
    try {
      ports.files.closeSync(ports.files.openSync(path, 'a', PRIVATE_MODE));
    } catch (error) {
      throw asBackupError(error, 'forget the copies in the vault', path);
    }
  }
}

const FORGOTTEN_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Deletes the copies of forgotten projects after 30 days, and those of deleted temporary projects, with their records,
 * after a week.
 */
export async function removeExpired(ports: Ports): Promise<void> {
  const listed = readVaultProjects(ports);
  if (listed === undefined) return;
  const nowMs = ports.now().getTime();
  for (const { key, root, newestAt } of listed.projects) {
    const folder = join(listed.vault, key);
    const forgotten = ports.files.lstatSync(join(folder, FORGOTTEN_FILE), { throwIfNoEntry: false });
    const isForgotten = forgotten !== undefined && nowMs - forgotten.mtimeMs > FORGOTTEN_MS;
    const isOld = root !== undefined && newestAt !== undefined && isExpired(root, newestAt, ports);
    if (isForgotten || isOld) await deleteVaultProject(folder, ports);
    if (isOld) await forgetProject(root, ports);
  }
}

/** Deletes a project's folder in the vault. If it contains files of other programs, those and the folder stay. */
export async function deleteVaultProject(folder: string, ports: Ports): Promise<void> {
  const { files } = ports;
  try {
    if (kindAt(folder, ports) !== 'folder') return;
    await withStoreLock(
      folder,
      ports,
      (lock) => {
        const names = readStoreNames(folder, ports);
        sweepLockFiles(folder, names, files);
        for (const name of names.filter(isVaultFile)) {
          lock.assertHeld();
          files.unlinkSync(join(folder, name));
        }
      },
      { name: 'the vault' },
    );
    files.rmdirSync(folder);
    syncFolder(dirname(folder), files);
  } catch (error) {
    const isUsed = NOT_EMPTY.has(systemErrorCode(error));
    if (!isUsed && !isNotFound(error)) throw asBackupError(error, 'delete copies in the vault', folder);
  }
}

/** POSIX allows either code. */
const NOT_EMPTY: ReadonlySet<string | undefined> = new Set(['ENOTEMPTY', 'EEXIST']);

function isVaultFile(name: string): boolean {
  if ([PROJECT_FILE, FORGOTTEN_FILE, SYNC_PENDING_FILE, SYNC_BEGUN_FILE].includes(name)) return true;
  if (isTemporaryFile(name)) return true;
  const isMetadata = name.endsWith('.json') && parseBackupName(`${name.slice(0, -5)}.db`) !== undefined;
  return isMetadata || parseBackupName(name) !== undefined || segmentNumber(name) !== undefined;
}
