import { gunzipSync } from 'node:zlib';
import { BackupError, type Ports } from '../system/index.js';
import { damagedBackup, MAX_IMAGE_BYTES, readStoredFile, type Backup } from '../store/index.js';
import { rebuildImage } from './rebuildImage.js';

/**
 * The stored bytes of a backup's `.db`, decompressed, or rebuilt where it lies in the history. Throws `backup-not-found`,
 * or `backup-damaged` where the file is empty, no regular file, not as long as its metadata says, or no valid gzip.
 */
export function readBackupImage(backup: Backup, ports: Ports): Buffer {
  if (backup.history !== undefined) return rebuildImage(backup.history.segmentPath, backup.history.index, ports);
  const expectedBytes = backup.metadata?.backupSizeBytes;
  const stored = readStoredFile(backup, '', ports, backup.compressed ? undefined : expectedBytes);
  // One that was listed before it was compressed.
  const isCompressed = backup.compressed || stored === undefined;
  const found = stored ?? readStoredFile(backup, '.gz', ports) ?? gone(backup);
  const image = isCompressed ? decompress(found, backup) : found;
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

function gone(backup: Backup): never {
  throw new BackupError(`The backup ${backup.id} is gone`, {
    code: 'backup-not-found',
    operation: 'read the backup',
    path: backup.path,
    hint: 'Another process may have pruned it; list the backups again.',
  });
}
