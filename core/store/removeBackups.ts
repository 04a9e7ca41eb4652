import { asBackupError, isNotFound, syncFolder, type BackupError, type FileSystem } from '../system/index.js';
import type { OpenStore } from './openStore.js';
import { filesOf, imagePath } from './storeFiles.js';
import type { Backup } from './backup.js';

export interface Removal {
  readonly removed: readonly Backup[];
  /** Why the others were not removed. */
  readonly problem: BackupError | undefined;
}

/** Deletes backups, oldest first, with all their files. Stops at the first that cannot be deleted. */
export function removeBackups(store: OpenStore, backups: readonly Backup[]): Removal {
  const { files } = store.ports;
  const { storePath } = store.project;
  const removed: Backup[] = [];
  try {
    for (const backup of backups.toReversed()) {
      store.lock.assertHeld();
      removeFilesOf(store, backup, removed);
    }
    // Once for all of them: the next run repeats deletions that a power failure undoes.
    if (removed.length > 0) syncFolder(storePath, files);
    return { removed, problem: undefined };
  } catch (error) {
    return { removed, problem: asBackupError(error, 'delete old backups', storePath) };
  }
}

/**
 * Deletes a backup's files, but never links with their names. Adds the backup to `removed` once its image is deleted,
 * even if another file cannot be: it can no longer be listed or restored.
 */
export function removeFilesOf({ project, ports }: OpenStore, backup: Backup, removed: Backup[]): void {
  const { files } = ports;
  try {
    for (const path of filesOf(project.storePath, backup)) removePlainFile(path, files);
    removed.push(backup);
  } catch (error) {
    const image = imagePath(project.storePath, backup.id);
    const exists = (path: string): boolean => files.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
    if (!exists(image) && !exists(`${image}.gz`)) removed.push(backup);
    throw error;
  }
}

function removePlainFile(path: string, files: FileSystem): void {
  try {
    if (files.lstatSync(path, { throwIfNoEntry: false })?.isFile() !== false) files.unlinkSync(path);
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
