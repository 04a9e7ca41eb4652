import type { FileWindow } from './fileWindow.js';
import { JOURNAL_MAGIC } from './rollbackJournal.js';

/** SQLite's limit for a path on Unix; it ignores a longer name. */
const MAX_NAME_BYTES = 512;

/** The length and the checksum of the name, and the magic number of a journal. */
const TRAILER_BYTES = 16;

/**
 * The path of the super-journal, if the journal belongs to a transaction over several databases. Such a transaction
 * is committed in all of them at once, when that file is deleted; the journals are deleted later. An invalid name
 * counts as none, as in SQLite's `readSuperJournal`.
 */
export function superJournalOf(window: FileWindow): string | undefined {
  const trailer = window.bytesAt(window.sizeBytes - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer?.subarray(8).equals(JOURNAL_MAGIC) !== true) return undefined;
  const lengthBytes = trailer.readUInt32BE(0);
  const checksum = trailer.readUInt32BE(4);
  const start = window.sizeBytes - TRAILER_BYTES - lengthBytes;
  if (lengthBytes === 0 || lengthBytes > MAX_NAME_BYTES || start < 0) return undefined;
  const name = window.bytesAt(start, lengthBytes);
  if (name === undefined || !isSumOf(name, checksum)) return undefined;
  const [path] = name.toString('utf8').split('\0');
  return path === '' ? undefined : path;
}

/** SQLite adds the bytes as `char`, which is signed on most computers, but not on all. */
function isSumOf(bytes: Buffer, checksum: number): boolean {
  const unsigned = bytes.reduce((sum, byte) => sum + byte, 0);
  const signed = bytes.reduce((sum, byte) => sum + ((byte << 24) >> 24), 0);
  return unsigned >>> 0 === checksum || signed >>> 0 === checksum;
}
