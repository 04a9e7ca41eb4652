import { gunzipSync } from 'node:zlib';
import { BackupError, outputUpTo, sizeInWords, systemErrorCode, type Ports } from '../system/index.js';
import { damagedBackup, MAX_IMAGE_BYTES, readStoredFile, type Backup } from '../store/index.js';
import { rebuildImage } from './rebuildImage.js';

/**
 * The image of a backup, decompressed or rebuilt from the history. Throws `backup-not-found`, or `backup-damaged` if the
 * file is empty, not regular, not valid gzip, or has a length other than its metadata states, and `too-large` if it has no
 * metadata with its size and would become implausibly large.
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
  const recordedBytes = backup.metadata?.backupSizeBytes;
  // A small file that decompresses to more than its metadata states is hostile.
  const maxBytes = recordedBytes ?? Math.max(stored.length * MAX_RATIO, MAX_UNRECORDED_BYTES);
  try {
    return gunzipUpTo(Math.min(maxBytes, MAX_IMAGE_BYTES), recordedBytes ?? statedLength(stored), stored);
  } catch (error) {
    if (recordedBytes === undefined && isTooLong(error)) throw implausible(backup, maxBytes, error);
    throw damagedBackup(backup, 'it cannot be decompressed', error);
  }
}

/** Without metadata. A database compresses to a tenth or so, zeros to a thousandth. */
const MAX_RATIO = 100;
const MAX_UNRECORDED_BYTES = 256 * 1024 * 1024;

/** Tries `likelyBytes` first, which takes no more memory than that. */
function gunzipUpTo(maxBytes: number, likelyBytes: number, stored: Buffer): Buffer {
  try {
    return gunzipSync(stored, outputUpTo(Math.min(likelyBytes, maxBytes)));
  } catch (error) {
    if (likelyBytes >= maxBytes || !isTooLong(error)) throw error;
    return gunzipSync(stored, outputUpTo(maxBytes));
  }
}

/** RFC 1952, 2.3.1: ISIZE, the length of the last member modulo 2^32. */
function statedLength(stored: Buffer): number {
  return stored.length < 4 ? 0 : stored.readUInt32LE(stored.length - 4);
}

function isTooLong(error: unknown): boolean {
  return systemErrorCode(error) === 'ERR_BUFFER_TOO_LARGE';
}

/** Not `backup-damaged`: `verify` would quarantine it. */
function implausible(backup: Backup, maxBytes: number, cause: unknown): BackupError {
  return new BackupError(
    `The backup ${backup.id} has no metadata with its size and would become larger than ${sizeInWords(maxBytes)} when decompressed`,
    {
      code: 'too-large',
      operation: 'read the backup',
      path: backup.path,
      hint: 'The backup was not changed. If you trust it, decompress the file yourself with gunzip, then try again.',
      cause,
    },
  );
}

function backupMissing(backup: Backup): never {
  throw new BackupError(`The backup ${backup.id} is missing`, {
    code: 'backup-not-found',
    operation: 'read the backup',
    path: backup.path,
    hint: 'Another process may have pruned it. List the backups again.',
  });
}
