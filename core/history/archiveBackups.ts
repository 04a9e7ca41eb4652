import type { HistoryPolicy } from '../project/index.js';
import { contentProblem, removeFilesOf, imagePath, type Backup, type OpenStore, type Removal } from '../store/index.js';
import { asBackupError, BackupError, systemErrorCode, syncFolder, sha256Of } from '../system/index.js';
import { readBackupImage } from './readBackupImage.js';
import { HistoryWriter } from './historyWriter.js';

/**
 * Removes backups, oldest first. Archivable ones are synced in the history before their files are deleted; all others
 * are only deleted. Stops at the first one that cannot be archived or deleted.
 */
export function archiveBackups(store: OpenStore, backups: readonly Backup[]): Removal {
  const { files } = store.ports;
  const { storePath } = store.project;
  const removed: Backup[] = [];
  try {
    const writer = new HistoryWriter(store);
    for (const backup of backups.toReversed()) {
      store.ports.onProgress?.(`archiving ${backup.id}`, removed.length / backups.length);
      archiveOrDelete(store, writer, backup, removed);
    }
    writer.trim();
    // Synced once for all, because the next run repeats a deletion that a power failure undoes.
    syncFolder(storePath, files);
    return { removed, problem: undefined };
  } catch (error) {
    return { removed, problem: asBackupError(error, 'archive old backups', storePath) };
  }
}

function archiveOrDelete(store: OpenStore, writer: HistoryWriter, backup: Backup, removed: Backup[]): void {
  const image = intactImage(store, backup);
  const sha256 = backup.metadata?.sha256;
  if (image !== undefined && sha256 !== undefined && backup.metadata !== undefined) {
    const { id, createdAt, metadata } = backup;
    writer.append({ id, createdAt, metadata, sha256, image });
    store.lock.assertHeld();
    storeBase(store, writer, backup);
  }
  store.lock.assertHeld();
  removeFilesOf(store, backup, removed);
}

/** The image of an archivable and intact backup. Without an image, a backup is only deleted. */
function intactImage(store: OpenStore, backup: Backup): Buffer | undefined {
  if (!isArchivable(backup, store.project.configuration.history)) return undefined;
  try {
    const image = readBackupImage(backup, store.ports);
    return contentProblem(backup, sha256Of(image)) === undefined ? image : undefined;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return undefined;
    throw error;
  }
}

/** Best effort, because the base image only saves work in the next run. */
function storeBase(store: OpenStore, writer: HistoryWriter, backup: Backup): void {
  try {
    writer.storeBase(backup.compressed ? undefined : imagePath(store.project.storePath, backup.id));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/**
 * Whether retention archives a backup instead of deleting it: an ordinary one with a checksum, not known to be damaged,
 * and small enough for several segments.
 */
export function isArchivable({ kind, compressed, sizeBytes, metadata }: Backup, { maxBytes }: HistoryPolicy): boolean {
  if (kind !== 'ordinary' || metadata?.sha256 === undefined || metadata.verified?.ok === false) return false;
  const imageBytes = compressed ? metadata.backupSizeBytes : sizeBytes;
  return imageBytes !== undefined && imageBytes <= Math.min(maxBytes / 4, MAX_ARCHIVED_BYTES);
}

/** Archiving needs memory for two images while an agent may be waiting. */
const MAX_ARCHIVED_BYTES = 256 * 1024 * 1024;
