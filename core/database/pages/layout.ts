import type { TextEncoding } from './record.js';

/** The page layout of an image. */
export interface Layout {
  readonly image: Buffer;
  readonly pageSizeBytes: number;
  /** The page size minus the reserved bytes at its end. */
  readonly usableBytes: number;
  /** Includes a truncated last page. */
  readonly pageCount: number;
  readonly encoding: TextEncoding;
}

export const PAGE_SIZES: readonly number[] = [4096, 1024, 8192, 2048, 512, 16384, 32768, 65536];

const MAGIC = 'SQLite format 3\0';
const ENCODINGS: readonly (TextEncoding | undefined)[] = ['utf-8', 'utf-8', 'utf-16le', 'utf-16be'];

/** Reads the layout from the header (SQLite file format, 1.3); undefined if it is invalid. */
export function readLayout(image: Buffer): Layout | undefined {
  if (image.length < 512 || image.toString('latin1', 0, 16) !== MAGIC) return undefined;
  const stored = image.readUInt16BE(16);
  const pageSizeBytes = stored === 1 ? 65536 : stored;
  if (!PAGE_SIZES.includes(pageSizeBytes)) return undefined;
  const reservedBytes = image.readUInt8(20);
  if (pageSizeBytes - reservedBytes < 480) return undefined;
  const encoding = ENCODINGS[image.readUInt32BE(56)];
  return encoding === undefined ? undefined : makeLayout(image, pageSizeBytes, reservedBytes, encoding);
}

/** The layout for a page size that was read or assumed. */
export function makeLayout(
  image: Buffer,
  pageSizeBytes: number,
  reservedBytes = 0,
  encoding: TextEncoding = 'utf-8',
): Layout {
  return {
    image,
    pageSizeBytes,
    usableBytes: pageSizeBytes - reservedBytes,
    pageCount: Math.ceil(image.length / pageSizeBytes),
    encoding,
  };
}

/** One page, numbered from 1; undefined if missing or truncated. */
export function pageAt(layout: Layout, pageNumber: number): Buffer | undefined {
  const start = (pageNumber - 1) * layout.pageSizeBytes;
  const end = start + layout.pageSizeBytes;
  if (pageNumber < 1 || end > layout.image.length) return undefined;
  return layout.image.subarray(start, end);
}
