import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  isNotFound,
  kindAt,
  readFolder,
  userVaultFolder,
  type Ports,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { findProjectRecord, isProjectKey } from '../projects/index.js';
import { backupFinder } from '../history/index.js';

// The vault contains a folder for each project of the user, in the format of a target: see docs/replication.md. A new
// backup starts as `<id>.db`, a hard link to the image in the store; the next sync replaces it with a compressed copy.

/** A file in a project's folder. It exists while there are backups that the next sync must copy. */
export const SYNC_PENDING_FILE = 'sync-wanted';
/** The name of that file during a sync. It remains if the sync fails or is killed. */
export const SYNC_BEGUN_FILE = 'sync-begun';

/** A project's folder in the vault. Undefined if the vault is turned off or the user has no home folder. */
export function vaultFolder({ configuration }: Project, key: string, { environment }: Ports): string | undefined {
  const vault = configuration.vault ? userVaultFolder(environment) : undefined;
  return vault === undefined ? undefined : join(vault, key);
}

/** The project's folders in the vault, the one for new backups first. Empty if the project has no record. */
export function vaultFoldersOf(project: Project, ports: Ports): readonly string[] {
  const record = findProjectRecord(project, backupFinder(project, ports), ports);
  return (record?.vaultKeys ?? []).flatMap((key) => vaultFolder(project, key, ports) ?? []);
}

/** Whether a backup was made since the last sync into the vault. */
export function isVaultSyncPending(project: Project, ports: Ports): boolean {
  return readVaultOrWarn(false, ports, () => {
    return vaultFoldersOf(project, ports).some((folder) => isSyncPendingIn(folder, ports));
  });
}

/** Like `isVaultSyncPending`, for a project's folder in the vault. */
export function isSyncPendingIn(folder: string, ports: Ports): boolean {
  return [SYNC_PENDING_FILE, SYNC_BEGUN_FILE].some((name) => kindAt(join(folder, name), ports) === 'file');
}

/** The keys of all projects in the vault. */
export function vaultKeys(vault: string, { files }: Ports): readonly string[] {
  try {
    return readFolder(vault, files, (entry) => entry.isDirectory() && isProjectKey(entry.name)).sort();
  } catch (error) {
    if (isNotFound(error)) return [];
    throw asBackupError(error, 'read the vault', vault);
  }
}

/** Runs `read`. If the vault or a project record cannot be read, warns and returns `fallback` instead. */
export function readVaultOrWarn<T>(fallback: T, ports: Ports, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Copies in the vault are not included: ${error.message}`);
    return fallback;
  }
}
