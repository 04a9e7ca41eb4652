import { BackupError } from '../system/index.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import type { GrowingImage } from './growingImage.js';

/** SQLite's "Database File Format", section 1.3. */
export const DATABASE_HEADER_BYTES = 100;

/** Rejects files that no transaction can have produced: another file type, or a format newer than SQLite 3's. */
export function refuseForeignHeader(header: Buffer, path: string): void {
  const refuse = (code: 'not-a-database' | 'unknown-format', why: string, hint: string): never => {
    throw new BackupError(`${path} ${why}`, { code, operation: 'read the database header', path, hint });
  };
  if (header.length < DATABASE_HEADER_BYTES || !header.subarray(0, 16).equals(MAGIC)) {
    refuse(
      'not-a-database',
      'is not a SQLite database',
      'Check the path; an encrypted database cannot be read either.',
    );
  }
  if (pageSizeOf(header) === undefined || !header.subarray(21, 24).equals(PAYLOAD_FRACTIONS)) {
    refuse('not-a-database', 'has a damaged header', 'Restore the last good backup, or salvage what is left.');
  }
  if (header.readUInt8(18) > NEWEST_FORMAT || header.readUInt8(19) > NEWEST_FORMAT) {
    refuse('unknown-format', 'has an unknown, newer file format', 'Update Feature Backups.');
  }
}

/** Undefined if the field contains an impossible size. */
export function pageSizeOf(header: Buffer): number | undefined {
  const stored = header.readUInt16BE(16);
  const sizeBytes = stored === 1 ? 65536 : stored;
  return isPageSize(sizeBytes) ? sizeBytes : undefined;
}

export function isPageSize(sizeBytes: number): boolean {
  return sizeBytes >= 512 && sizeBytes <= 65536 && (sizeBytes & (sizeBytes - 1)) === 0;
}

/**
 * Truncates the image to the size in its header and makes it self-contained: format 1 needs no `-wal`, so the image
 * can be opened read-only anywhere. Returns the page size.
 */
export function finishImage(image: GrowingImage, path: string, walPageSizeBytes?: number): number | Inconsistency {
  const header = image.bytes.subarray(0, DATABASE_HEADER_BYTES);
  if (header.length === 0) return { inconsistency: 'nothing has been committed yet', code: 'database-empty' };
  refuseForeignHeader(header, path);
  const pageSizeBytes = pageSizeOf(header);
  if (pageSizeBytes === undefined) return concurrentWrite('the page size is impossible');
  if (walPageSizeBytes !== undefined && walPageSizeBytes !== pageSizeBytes) {
    return {
      inconsistency: 'the page size of the write-ahead log differs from that of the database',
      code: 'database-damaged',
    };
  }
  const pageCount = pageCountOf(header) ?? Math.floor(image.sizeBytes / pageSizeBytes);
  if (pageCount === 0 || image.sizeBytes < pageCount * pageSizeBytes) {
    return { inconsistency: 'the database is shorter than its header states', code: 'database-damaged' };
  }
  image.resize(pageCount * pageSizeBytes);
  image.bytes.fill(SELF_CONTAINED_FORMAT, 18, 20);
  return pageSizeBytes;
}

const MAGIC = Buffer.from('SQLite format 3\0', 'latin1');
const PAYLOAD_FRACTIONS = Buffer.from([64, 32, 32]);
const NEWEST_FORMAT = 2;
const SELF_CONTAINED_FORMAT = 1;

/** Section 1.3.7: valid only when the change counter equals "version valid for". */
function pageCountOf(header: Buffer): number | undefined {
  if (header.readUInt32BE(24) !== header.readUInt32BE(92)) return undefined;
  const pageCount = header.readUInt32BE(28);
  return pageCount === 0 ? undefined : pageCount;
}
