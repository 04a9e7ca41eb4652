import { PAGE_BYTES, decodeImage } from './states.js';

/** An independent implementation of SQLite's "WAL-mode File Format", so the engine is not tested with its own code. */
export const WAL_HEADER_BYTES = 32;
export const FRAME_BYTES = 24 + PAGE_BYTES;

export type Checksum = readonly [number, number];

export interface WalEnd {
  readonly salt: Buffer;
  readonly checkpoint: number;
  /** After the last committed frame. */
  readonly checksum: Checksum;
  readonly frameCount: number;
  readonly pageCount: number;
}

/** The committed frames of a log applied to the database; `end` is undefined if SQLite treats the log as empty. */
export function recover(database: Buffer, wal: Buffer | undefined): { readonly image: Buffer; readonly end?: WalEnd } {
  const start = wal === undefined ? undefined : parseHeader(wal);
  if (wal === undefined || start === undefined) return { image: database };
  let end: WalEnd = start;
  let { checksum } = start;
  let pages = new Map<number, Buffer>();
  const committed = new Map<number, Buffer>();
  for (let frame = 0; (frame + 1) * FRAME_BYTES + WAL_HEADER_BYTES <= wal.length; frame += 1) {
    const bytes = wal.subarray(WAL_HEADER_BYTES + frame * FRAME_BYTES, WAL_HEADER_BYTES + (frame + 1) * FRAME_BYTES);
    if (!bytes.subarray(8, 16).equals(start.salt)) break;
    checksum = addTo(addTo(checksum, bytes.subarray(0, 8)), bytes.subarray(24));
    if (bytes.readUInt32BE(16) !== checksum[0] || bytes.readUInt32BE(20) !== checksum[1]) break;
    pages.set(bytes.readUInt32BE(0), bytes.subarray(24));
    const pageCount = bytes.readUInt32BE(4);
    if (pageCount === 0) continue;
    for (const [page, content] of pages) committed.set(page, content);
    pages = new Map();
    end = { ...end, checksum, frameCount: frame + 1, pageCount };
  }
  if (end.frameCount === 0) return { image: database, end };
  const image = Buffer.alloc(end.pageCount * PAGE_BYTES);
  database.copy(image);
  for (const [page, content] of committed) content.copy(image, (page - 1) * PAGE_BYTES);
  return { image, end };
}

/** The state that SQLite would find in these files, or what is wrong with them. */
export function decodeLive(database: Buffer | undefined, wal: Buffer | undefined): number | string {
  if (database === undefined) return 'the database is missing';
  return decodeImage(recover(database, wal).image);
}

export function formatHeader(
  checkpoint: number,
  salt: Buffer,
): { readonly bytes: Buffer; readonly checksum: Checksum } {
  const bytes = Buffer.alloc(WAL_HEADER_BYTES);
  bytes.writeUInt32BE(LITTLE_ENDIAN_MAGIC, 0);
  bytes.writeUInt32BE(VERSION, 4);
  bytes.writeUInt32BE(PAGE_BYTES, 8);
  bytes.writeUInt32BE(checkpoint, 12);
  salt.copy(bytes, 16);
  const checksum = addTo([0, 0], bytes.subarray(0, 24));
  bytes.writeUInt32BE(checksum[0], 24);
  bytes.writeUInt32BE(checksum[1], 28);
  return { bytes, checksum };
}

/** `pageCount` is 0 for all frames except a commit's last. */
export function formatFrame(
  page: number,
  pageCount: number,
  content: Buffer,
  { salt, checksum }: Pick<WalEnd, 'salt' | 'checksum'>,
): { readonly bytes: Buffer; readonly checksum: Checksum } {
  const bytes = Buffer.alloc(FRAME_BYTES);
  bytes.writeUInt32BE(page, 0);
  bytes.writeUInt32BE(pageCount, 4);
  salt.copy(bytes, 8);
  content.copy(bytes, 24);
  const next = addTo(addTo(checksum, bytes.subarray(0, 8)), bytes.subarray(24));
  bytes.writeUInt32BE(next[0], 16);
  bytes.writeUInt32BE(next[1], 20);
  return { bytes, checksum: next };
}

/** One of the two equal copies of the header of `-shm`; its own checksum is not checked here. */
export function formatIndexCopy(end: WalEnd): Buffer {
  const copy = Buffer.alloc(48);
  copy.writeUInt32LE(VERSION, 0);
  copy.writeUInt32LE(end.frameCount, 16);
  copy.writeUInt32LE(end.pageCount, 20);
  end.salt.copy(copy, 32);
  copy.writeUInt32LE(end.checksum[0], 40);
  return copy;
}

const LITTLE_ENDIAN_MAGIC = 0x377f0682;
const VERSION = 3007000;

function parseHeader(wal: Buffer): WalEnd | undefined {
  if (wal.length < WAL_HEADER_BYTES || wal.readUInt32BE(0) !== LITTLE_ENDIAN_MAGIC) return undefined;
  const checksum = addTo([0, 0], wal.subarray(0, 24));
  if (wal.readUInt32BE(24) !== checksum[0] || wal.readUInt32BE(28) !== checksum[1]) return undefined;
  const salt = Buffer.from(wal.subarray(16, 24));
  return { salt, checkpoint: wal.readUInt32BE(12), checksum, frameCount: 0, pageCount: 0 };
}

function addTo([first, second]: Checksum, bytes: Buffer): Checksum {
  let [one, two] = [first, second];
  for (let at = 0; at < bytes.length; at += 8) {
    one = (one + bytes.readUInt32LE(at) + two) >>> 0;
    two = (two + bytes.readUInt32LE(at + 4) + one) >>> 0;
  }
  return [one, two];
}
