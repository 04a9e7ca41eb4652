import { gunzipSync } from 'node:zlib';
import { BackupError, type Ports } from '../system/index.js';
import { damagedBackup, MAX_IMAGE_BYTES, readStoredFile, type Backup } from '../store/index.js';
import { rebuildImage } from './rebuildImage.js';

/**
 * The image of a backup, decompressed or rebuilt from the history. Throws `backup-not-found`, or `backup-damaged` if the
 * file is empty, not regular, not valid gzip, or has a length other than its metadata states.
 */
export function readBackupImage(backup: Backup, ports: Ports): Buffer {
  if (backup.history !== undefined) return rebuildImage(backup.history.segmentPath, backup.history.index, ports);
  const expectedBytes = backup.metadata?.backupSizeBytes;
  const stored = readStoredFile(backup, '', ports, backup.compressed ? undefined : expectedBytes);
  // It may have been compressed after it was listed.
  const isCompressed = backup.compressed || stored === undefined;
  const content = stored ?? readStoredFile(backup, '.gz', ports) ?? backupMissing(backup);
  const image = isCompressed ? decompress(content, backup) : content;
  if (image.length === 0 && backup.content !== 'raw') throw damagedBackup(backup, 'it is empty');
  if (expectedBytes !== undefined && image.length !== expectedBytes) {
    throw damagedBackup(backup, `it has ${image.length.toString()} bytes instead of ${expectedBytes.toString()}`);
  }
  return image;
}

function decompress(stored: Buffer, backup: Backup): Buffer {
  const maxOutputLength = backup.metadata?.backupSizeBytes ?? MAX_IMAGE_BYTES;
  try {
    return gunzipSync(stored, { maxOutputLength: Math.min(Math.max(maxOutputLength, 1), MAX_IMAGE_BYTES) });
  } catch (error) {
    throw damagedBackup(backup, 'it cannot be decompressed', error);
  }
}

function backupMissing(backup: Backup): never {
  throw new BackupError(`The backup ${backup.id} is missing`, {
    code: 'backup-not-found',
    operation: 'read the backup',
    path: backup.path,
    hint: 'Another process may have pruned it. List the backups again.',
  });
}
