import { isPageSize } from './databaseHeader.js';
import type { Inconsistency } from './inconsistency.js';
import type { FileWindow } from './fileWindow.js';
import type { GrowingImage } from './growingImage.js';

/** SQLite's "Database File Format", section 3. */
export const JOURNAL_HEADER_BYTES = 28;

/** A journal that is empty or begins with a zero byte is no longer in use. */
export function isHotJournal(header: Buffer | undefined): boolean {
  return header !== undefined && header.length > 0 && header[0] !== 0;
}

/** The record count in bytes 8 to 11 grows during the transaction; everything else stays the same. */
export function isSameTransaction(one: Buffer, other: Buffer): boolean {
  const identity = (header: Buffer): Buffer => Buffer.concat([header.subarray(0, 8), header.subarray(12)]);
  return identity(one).equals(identity(other));
}

/** Rolls back the transaction in the image, as SQLite's pager plays back a journal. */
export function rollBack(image: GrowingImage, window: FileWindow): Inconsistency | undefined {
  const first = parseHeader(window, 0);
  if (first === undefined) return unreadable('its header is invalid');
  const initialSizeBytes = first.initialPageCount * first.pageSizeBytes;
  if (initialSizeBytes > image.maxSizeBytes) return unreadable('its database is too large');
  image.resize(initialSizeBytes);
  const restored = new Set<number>();
  let segment: JournalHeader | undefined = first;
  let offset = 0;
  while (segment) {
    const { recordCount, checksumStart } = segment;
    const end = playSegment(image, window, { ...first, recordCount, checksumStart }, offset, restored);
    if (end === undefined) break;
    offset = Math.ceil(end / first.sectorSizeBytes) * first.sectorSizeBytes;
    segment = parseHeader(window, offset);
  }
  return undefined;
}

interface JournalHeader {
  readonly recordCount: number;
  readonly checksumStart: number;
  readonly initialPageCount: number;
  readonly sectorSizeBytes: number;
  readonly pageSizeBytes: number;
}

export const JOURNAL_MAGIC = Buffer.from('d9d505f920a163d7', 'hex');
const TO_END_OF_FILE = 0xffffffff;

function parseHeader(window: FileWindow, offset: number): JournalHeader | undefined {
  const bytes = window.bytesAt(offset, JOURNAL_HEADER_BYTES);
  if (!bytes?.subarray(0, 8).equals(JOURNAL_MAGIC)) return undefined;
  const header = {
    recordCount: bytes.readUInt32BE(8),
    checksumStart: bytes.readUInt32BE(12),
    initialPageCount: bytes.readUInt32BE(16),
    sectorSizeBytes: bytes.readUInt32BE(20),
    pageSizeBytes: bytes.readUInt32BE(24),
  };
  // Only the first header's sizes count: a later one may be left from an older transaction.
  const isValid = isPageSize(header.pageSizeBytes) && isSectorSize(header.sectorSizeBytes);
  return isValid || offset > 0 ? header : undefined;
}

function isSectorSize(sizeBytes: number): boolean {
  return sizeBytes >= 32 && sizeBytes <= 65536 && (sizeBytes & (sizeBytes - 1)) === 0;
}

/** Returns the end of the segment; undefined if playback ends at an incomplete record. */
function playSegment(
  image: GrowingImage,
  window: FileWindow,
  header: JournalHeader,
  segmentOffset: number,
  restored: Set<number>,
): number | undefined {
  const recordBytes = header.pageSizeBytes + 8;
  const start = segmentOffset + header.sectorSizeBytes;
  const availableCount = Math.max(0, Math.floor((window.sizeBytes - start) / recordBytes));
  const count = header.recordCount === TO_END_OF_FILE ? availableCount : header.recordCount;
  for (let record = 0; record < count; record += 1) {
    const bytes = window.bytesAt(start + record * recordBytes, recordBytes);
    if (!bytes || !restoreRecord(image, bytes, header, restored)) return undefined;
  }
  return start + count * recordBytes;
}

/** Only the first original of a page is from before the transaction; false if the record is incomplete. */
function restoreRecord(image: GrowingImage, bytes: Buffer, header: JournalHeader, restored: Set<number>): boolean {
  const pageNumber = bytes.readUInt32BE(0);
  if (pageNumber === 0 || pageNumber === lockPage(header.pageSizeBytes)) return false;
  if (restored.has(pageNumber) || pageNumber > header.initialPageCount) return true;
  const page = bytes.subarray(4, 4 + header.pageSizeBytes);
  if (bytes.readUInt32BE(4 + header.pageSizeBytes) !== pageChecksum(page, header.checksumStart)) return false;
  restored.add(pageNumber);
  image.setPage(pageNumber, page);
  return true;
}

/** The page with the lock bytes is never used; section 1.3.5 of the format. */
function lockPage(pageSizeBytes: number): number {
  return 0x40000000 / pageSizeBytes + 1;
}

/** SQLite's sum of every 200th byte, counted from the end. Enough to detect a truncated record. */
function pageChecksum(page: Buffer, start: number): number {
  let sum = start;
  for (let index = page.length - 200; index > 0; index -= 200) sum = (sum + (page[index] ?? 0)) >>> 0;
  return sum;
}

function unreadable(why: string): Inconsistency {
  return { inconsistency: `the rollback journal cannot be used: ${why}`, code: 'unreadable-journal' };
}
