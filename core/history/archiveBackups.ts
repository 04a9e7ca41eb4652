import type { HistoryPolicy } from '../project/index.js';
import { contentProblem, removeFilesOf, imagePath, type Backup, type OpenStore, type Removal } from '../store/index.js';
import { asBackupError, BackupError, systemErrorCode, syncFolder, sha256Of } from '../system/index.js';
import { readBackupImage } from './readBackupImage.js';
import { HistoryWriter } from './historyWriter.js';

/**
 * Takes backups out of the store, oldest first. What may be folded is in the history, synced, before its files go; all
 * others are only deleted. Stops at the first that cannot be folded or deleted; that one and the rest stay.
 */
export function archiveBackups(store: OpenStore, backups: readonly Backup[]): Removal {
  const { files } = store.ports;
  const { storePath } = store.project;
  const removed: Backup[] = [];
  try {
    const writer = new HistoryWriter(store);
    for (const backup of backups.toReversed()) {
      store.ports.onProgress?.(`folding ${backup.id} into the history`, removed.length / backups.length);
      archive(store, writer, backup, removed);
    }
    writer.trim();
    // Once for all of them: a deletion that a loss of power undoes is only done again.
    if (removed.length > 0) syncFolder(storePath, files);
    return { removed, problem: undefined };
  } catch (error) {
    return { removed, problem: asBackupError(error, 'fold old backups into the history', storePath) };
  }
}

function archive(store: OpenStore, writer: HistoryWriter, backup: Backup, removed: Backup[]): void {
  const image = soundImage(store, backup);
  const sha256 = backup.metadata?.sha256;
  if (image !== undefined && sha256 !== undefined && backup.metadata !== undefined) {
    const { id, createdAt, metadata } = backup;
    writer.append({ id, createdAt, metadata, sha256, image });
    store.lock.assertHeld();
    keepBase(store, writer, backup);
  }
  store.lock.assertHeld();
  removeFilesOf(store, backup, removed);
}

/** The image, if it may be folded and still is what was backed up: what is damaged goes as it always did. */
function soundImage(store: OpenStore, backup: Backup): Buffer | undefined {
  if (!isArchivable(backup, store.project.configuration.history)) return undefined;
  try {
    const image = readBackupImage(backup, store.ports);
    return contentProblem(backup, sha256Of(image)) === undefined ? image : undefined;
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return undefined;
    throw error;
  }
}

/** It only saves the next run work. */
function keepBase(store: OpenStore, writer: HistoryWriter, backup: Backup): void {
  try {
    writer.keepBase(backup.compressed ? undefined : imagePath(store.project.storePath, backup.id));
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
  }
}

/**
 * Whether retention folds a backup instead of deleting it: an ordinary one that has its hash, is not known to be damaged,
 * and is small enough for the history to hold several segments.
 */
export function isArchivable({ kind, compressed, sizeBytes, metadata }: Backup, { maxBytes }: HistoryPolicy): boolean {
  if (kind !== 'ordinary' || metadata?.sha256 === undefined || metadata.verified?.ok === false) return false;
  const imageBytes = compressed ? metadata.backupSizeBytes : sizeBytes;
  return imageBytes !== undefined && imageBytes <= Math.min(maxBytes / 4, MAX_ARCHIVED_BYTES);
}

/** Folding holds two images in memory, while an agent waits. */
const MAX_ARCHIVED_BYTES = 256 * 1024 * 1024;
