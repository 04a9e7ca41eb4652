import { asBackupError, BackupError, isNotFound, systemErrorCode } from '../errors.js';
import { OPEN_FOR_READING } from '../files/readSmallFile.js';
import { readWhole } from '../files/readWhole.js';
import type { Ports } from '../ports.js';
import { rebuildImage } from './history/rebuildImage.js';
import type { Backup } from './types.js';

/**
 * The stored bytes of a backup's `.db`, decompressed, or rebuilt where it lies in the history. Throws `backup-not-found`,
 * or `backup-damaged` where the file is empty, no regular file, not as long as its metadata says, or no valid gzip.
 */
export function readBackupImage(backup: Backup, ports: Ports): Buffer {
  if (backup.history !== undefined) return rebuildImage(backup.history.segmentPath, backup.history.index, ports.files);
  const stored = readStored(backup.path, backup, ports);
  // One that was listed before it was compressed.
  const isCompressed = backup.compressed || stored === undefined;
  const found = stored ?? readStored(`${backup.path}.gz`, backup, ports) ?? gone(backup);
  const image = isCompressed ? decompress(found, backup) : found;
  const expectedBytes = backup.metadata?.backupSizeBytes;
  if (image.length === 0 && backup.content !== 'raw') throw damaged(backup, 'it is empty');
  if (expectedBytes !== undefined && image.length !== expectedBytes) {
    throw damaged(backup, `it has ${image.length.toString()} bytes instead of ${expectedBytes.toString()}`);
  }
  return image;
}

/** Undefined where there is no such file. */
function readStored(path: string, backup: Backup, ports: Ports): Buffer | undefined {
  const { files } = ports;
  try {
    const descriptor = files.openSync(path, OPEN_FOR_READING);
    try {
      const stats = files.fstatSync(descriptor);
      if (!stats.isFile()) throw damaged(backup, 'it is no regular file');
      if (stats.size > MAX_IMAGE_BYTES) throw tooLarge(backup);
      return readWhole(descriptor, stats.size, files);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw readFailure(error, backup);
  }
}

/** Twice what a snapshot may have; a small file that claims to unfold to more is hostile. */
const MAX_IMAGE_BYTES = 2 ** 31;

function decompress(stored: Buffer, backup: Backup): Buffer {
  // Loaded when first needed: it takes milliseconds, and most backups are plain.
  const { gunzipSync } = process.getBuiltinModule('node:zlib');
  const maxOutputLength = backup.metadata?.backupSizeBytes ?? MAX_IMAGE_BYTES;
  try {
    return gunzipSync(stored, { maxOutputLength: Math.min(Math.max(maxOutputLength, 1), MAX_IMAGE_BYTES) });
  } catch (error) {
    throw damaged(backup, 'it cannot be decompressed', error);
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

function readFailure(error: unknown, backup: Backup): BackupError {
  if (systemErrorCode(error) === 'ELOOP') return damaged(backup, 'it is a link', error);
  return asBackupError(error, 'read the backup', backup.path);
}

function damaged(backup: Backup, why: string, cause?: unknown): BackupError {
  return new BackupError(`The backup ${backup.id} is damaged: ${why}`, {
    code: 'backup-damaged',
    operation: 'read the backup',
    path: backup.path,
    hint: 'Choose another backup; `feature-backups verify` tells which are sound.',
    cause,
  });
}

function tooLarge(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} is too large to be read`, {
    code: 'too-large',
    operation: 'read the backup',
    path: backup.path,
  });
}
