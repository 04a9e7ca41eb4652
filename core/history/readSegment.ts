import { crc32 } from 'node:zlib';
import {
  asBackupError,
  BackupError,
  isNotFound,
  OPEN_FOR_READING,
  readWhole,
  type FileSystem,
} from '../system/index.js';
import type { ReadingBudget } from '../store/index.js';
import {
  decodeHeader,
  HEADER_BYTES,
  isHeaderIntact,
  MARKER,
  MAX_RECORD_BYTES,
  MAX_STATES,
  recordBytes,
  SEGMENT_HEAD,
  segmentDamaged,
  TRAILER_BYTES,
  type RecordHeader,
} from './segmentFormat.js';

/** A record whose header is intact. */
export interface SegmentRecord extends RecordHeader {
  /** The offset in the file. */
  readonly position: number;
  /** As stored, deflated. */
  readonly metadata: Buffer;
}

export interface Segment {
  readonly path: string;
  readonly sizeBytes: number;
  /** The intact records before the first damage. */
  readonly records: readonly SegmentRecord[];
  /** The end of the last of these records. The rest of the file is an incomplete record, unless `isBroken`. */
  readonly endsAt: number;
  /** Records follow the damage, or the first record is missing. */
  readonly isBroken: boolean;
}

/** Reads a segment without its payloads. Throws for an unreadable file and an exceeded budget, but never for damage. */
export function readSegment(path: string, files: FileSystem, budget?: ReadingBudget): Segment {
  return withSegment(path, files, (file) => {
    const { records, endsAt } = readRecords(file, budget);
    const isBroken = records.length === 0 || hasRecordAfter(file, endsAt);
    return { path, sizeBytes: file.sizeBytes, records, endsAt, isBroken };
  });
}

/** The last intact record of a segment, read from its beginning. */
export function lastIntactRecord(path: string, files: FileSystem, budget: ReadingBudget): SegmentRecord | undefined {
  return withSegment(path, files, (file) => readRecords(file, budget).records.at(-1));
}

/** Runs `work` on an open segment; errors name its path. */
export function withSegment<T>(path: string, files: FileSystem, work: (file: OpenSegment) => T): T {
  try {
    const descriptor = files.openSync(path, OPEN_FOR_READING);
    try {
      const stats = files.fstatSync(descriptor);
      if (!stats.isFile()) throw segmentDamaged(path, 'it is not a regular file');
      return work(new OpenSegment(descriptor, path, stats.size, files));
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    throw isNotFound(error) ? segmentMissing(path, error) : asBackupError(error, 'read the history', path);
  }
}

function segmentMissing(path: string, cause: unknown): BackupError {
  return new BackupError(`The history segment ${path} is missing`, {
    code: 'backup-not-found',
    operation: 'read the history',
    path,
    hint: 'The oldest segments are deleted when the history reaches its maximum size. List the history again.',
    cause,
  });
}

/** Reads parts of a file through one window, so many small parts need few system calls. */
export class OpenSegment {
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(
    private readonly descriptor: number,
    readonly path: string,
    readonly sizeBytes: number,
    private readonly files: FileSystem,
  ) {}

  /** Returns fewer bytes only at the end of the file. Valid until the next call. */
  read(position: number, length: number): Buffer {
    const start = position - this.#windowAt;
    if (start < 0 || start + length > this.#window.length) {
      this.#windowAt = position;
      const windowBytes = Math.min(Math.max(length, WINDOW_BYTES), Math.max(this.sizeBytes - position, 0));
      this.#window = readWhole(this.descriptor, windowBytes, this.files, position);
    }
    const from = position - this.#windowAt;
    return this.#window.subarray(from, from + length);
  }

  /** The offset of `bytes` at or after `from`. */
  find(bytes: Buffer, from: number): number | undefined {
    for (let at = from; at < this.sizeBytes; at += WINDOW_BYTES - bytes.length + 1) {
      const index = this.read(at, WINDOW_BYTES).indexOf(bytes);
      if (index >= 0) return at + index;
    }
    return undefined;
  }

  payload({ position, metadataBytes, payloadBytes, payloadCrc }: SegmentRecord): Buffer {
    const bytes = this.read(position + HEADER_BYTES + metadataBytes, payloadBytes);
    if (bytes.length === payloadBytes && crc32(bytes) === payloadCrc) return bytes;
    throw segmentDamaged(this.path, `a state in it has changed, at byte ${position.toString()}`);
  }
}

const WINDOW_BYTES = 64 * 1024;

function readRecords(
  file: OpenSegment,
  budget: ReadingBudget | undefined,
): { readonly records: readonly SegmentRecord[]; readonly endsAt: number } {
  const records: SegmentRecord[] = [];
  let endsAt = SEGMENT_HEAD.length;
  if (!file.read(0, endsAt).equals(SEGMENT_HEAD)) return { records, endsAt: 0 };
  while (records.length < MAX_STATES) {
    const record = recordAt(file, endsAt);
    if (record?.index !== records.length || (record.kind === 'full') !== (record.index === 0)) break;
    budget?.spend(record.metadata.length);
    records.push(record);
    endsAt += recordBytes(record);
  }
  return { records, endsAt };
}

function recordAt(file: OpenSegment, position: number): SegmentRecord | undefined {
  const header = decodeHeader(file.read(position, HEADER_BYTES));
  if (header === undefined || position + recordBytes(header) > file.sizeBytes) return undefined;
  const bytes = file.read(position, HEADER_BYTES + header.metadataBytes);
  if (!isHeaderIntact(bytes)) return undefined;
  return { ...header, position, metadata: Buffer.from(bytes.subarray(HEADER_BYTES)) };
}

/**
 * Distinguishes damage in the middle from an incomplete record at the end, which has only its own header. Another
 * header, or a rest larger than any record, counts as damage.
 */
function hasRecordAfter(file: OpenSegment, position: number): boolean {
  if (file.sizeBytes - position > MAX_RECORD_BYTES) return true;
  let seen = 0;
  for (let at = file.find(MARKER, position + 1); at !== undefined; at = file.find(MARKER, at + 1)) {
    seen += 1;
    if (seen > MAX_MARKERS || recordAt(file, at) !== undefined) return true;
  }
  return false;
}

/**
 * Compressed data contains the marker by chance once in 4 GB. Many markers are headers of damaged records, or an
 * attempt to make this search endless.
 */
const MAX_MARKERS = 64;

/** The last record, found from the end; undefined if the file does not end with a record. */
export function lastRecord(file: OpenSegment): SegmentRecord | undefined {
  const trailer = file.read(file.sizeBytes - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) return undefined;
  const length = trailer.readUInt32LE();
  const position = file.sizeBytes - length;
  if (length < HEADER_BYTES || position < SEGMENT_HEAD.length) return undefined;
  const record = recordAt(file, position);
  return record !== undefined && recordBytes(record) === length ? record : undefined;
}
