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
  crc32,
  decodeHeader,
  HEADER_BYTES,
  isHeaderWhole,
  MARKER,
  MAX_RECORD_BYTES,
  MAX_STATES,
  recordBytes,
  SEGMENT_HEAD,
  segmentDamaged,
  TRAILER_BYTES,
  type RecordHeader,
} from './segmentFormat.js';

/** A record whose header is whole. */
export interface SegmentRecord extends RecordHeader {
  /** Where it begins in the file. */
  readonly position: number;
  /** As it is stored, deflated. */
  readonly metadata: Buffer;
}

export interface Segment {
  readonly path: string;
  readonly sizeBytes: number;
  /** From the first one on, as far as they are whole. */
  readonly records: readonly SegmentRecord[];
  /** Where the last of them ends. What lies behind was never finished, unless `isBroken`. */
  readonly endsAt: number;
  /** There are records behind a damaged place, or no first one. */
  readonly isBroken: boolean;
}

/**
 * What a segment holds, without its payloads. Throws where it cannot be read and what the budget throws, never for what
 * is in it.
 */
export function readSegment(path: string, files: FileSystem, budget?: ReadingBudget): Segment {
  return withSegment(path, files, (file) => {
    const { records, endsAt } = walk(file, budget);
    const isBroken = records.length === 0 || (endsAt < file.sizeBytes && hasRecordAfter(file, endsAt));
    return { path, sizeBytes: file.sizeBytes, records, endsAt, isBroken };
  });
}

/** The last whole record of a segment, read from its beginning. */
export function lastWholeRecord(path: string, files: FileSystem, budget: ReadingBudget): SegmentRecord | undefined {
  return withSegment(path, files, (file) => walk(file, budget).records.at(-1));
}

/** Runs `work` on an open segment, and says of what goes wrong which file it was. */
export function withSegment<T>(path: string, files: FileSystem, work: (file: OpenSegment) => T): T {
  try {
    const descriptor = files.openSync(path, OPEN_FOR_READING);
    try {
      const stats = files.fstatSync(descriptor);
      if (!stats.isFile()) throw segmentDamaged(path, 'it is no regular file');
      return work(new OpenSegment(descriptor, path, stats.size, files));
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    throw isNotFound(error) ? segmentGone(path, error) : asBackupError(error, 'read the history', path);
  }
}

function segmentGone(path: string, cause: unknown): BackupError {
  return new BackupError(`The history segment ${path} is gone`, {
    code: 'backup-not-found',
    operation: 'read the history',
    path,
    hint: 'The oldest segments go when the history has reached its bound; list the history again.',
    cause,
  });
}

/** Reads pieces of a file through one window, so that many small ones cost few system calls. */
export class OpenSegment {
  #window: Buffer = Buffer.alloc(0);
  #windowAt = 0;

  constructor(
    private readonly descriptor: number,
    readonly path: string,
    readonly sizeBytes: number,
    private readonly files: FileSystem,
  ) {}

  /** Fewer bytes than wanted only at the end of the file. Valid until the next call. */
  read(position: number, length: number): Buffer {
    const start = position - this.#windowAt;
    if (start < 0 || start + length > this.#window.length) {
      this.#windowAt = position;
      const wanted = Math.min(Math.max(length, WINDOW_BYTES), Math.max(this.sizeBytes - position, 0));
      this.#window = readWhole(this.descriptor, wanted, this.files, position);
    }
    const from = position - this.#windowAt;
    return this.#window.subarray(from, from + length);
  }

  /** Where `bytes` begin, at `from` or behind it. */
  find(bytes: Buffer, from: number): number | undefined {
    for (let at = from; at < this.sizeBytes; at += WINDOW_BYTES - bytes.length + 1) {
      const found = this.read(at, WINDOW_BYTES).indexOf(bytes);
      if (found >= 0) return at + found;
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

function walk(
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
  if (!isHeaderWhole(bytes)) return undefined;
  return { ...header, position, metadata: Buffer.from(bytes.subarray(HEADER_BYTES)) };
}

/**
 * Tells damage in the middle from an end that was never finished: a single record, whose own header was the last thing
 * found. A header in the rest, or a rest that no record fills, counts as damage.
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
 * Compressed data contain the marker once in four gigabytes. Many of them are the headers of damaged records, or of a
 * file that somebody made to be checked for ever.
 */
const MAX_MARKERS = 64;

/** The last record, found from the end; undefined where the end is not that of a record. */
export function lastRecord(file: OpenSegment): SegmentRecord | undefined {
  const trailer = file.read(file.sizeBytes - TRAILER_BYTES, TRAILER_BYTES);
  if (trailer.length < TRAILER_BYTES) return undefined;
  const length = trailer.readUInt32LE();
  const position = file.sizeBytes - length;
  if (length < HEADER_BYTES || position < SEGMENT_HEAD.length) return undefined;
  const record = recordAt(file, position);
  return record !== undefined && recordBytes(record) === length ? record : undefined;
}
