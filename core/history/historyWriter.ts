import { deflateRawSync } from 'node:zlib';
import { constants } from 'node:fs';
import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  publishFile,
  readFully,
  removeQuietly,
  syncFolder,
  writeAll,
  writeNewFile,
  uniqueToken,
  systemOf,
} from '../system/index.js';
import {
  HISTORY_BASE_FILE,
  temporaryPath,
  ReadingBudget,
  type OpenStore,
  type BackupMetadata,
} from '../store/index.js';
import { readBase, writeBase } from './baseImage.js';
import { readSegment, withSegment, type Segment } from './readSegment.js';
import { rebuildFrom } from './rebuildImage.js';
import { encodeRecord, MAX_STATES, SEGMENT_HEAD, type NewRecord } from './segmentFormat.js';
import { nextSegmentNumber, segmentPath, segmentsAmong, type SegmentFile } from './segmentNames.js';
import { deflateMetadata, inflateMetadata, metadataText, parseStateMetadata } from './stateMetadata.js';
import { padWithZeros, xorInto } from './xorImages.js';

/** A backup to archive; its image has been compared with its checksum. */
export interface ArchivedState {
  readonly id: string;
  readonly createdAt: Date;
  readonly metadata: BackupMetadata;
  readonly sha256: string;
  readonly image: Buffer;
}

/** The segment that receives the next state. */
interface Tail {
  readonly path: string;
  readonly sizeBytes: number;
  readonly count: number;
  readonly oldestMs: number;
  readonly firstMetadata: string;
  readonly lastId: string;
  readonly lastSha256: string;
  /** The last state's image. */
  readonly image: Buffer;
}

/**
 * Adds states to the history of a store. The caller owns the store's lock. Segments are append-only: a state is
 * appended to the newest segment, or begins a new one if that segment is full, damaged or ends in an incomplete record.
 */
export class HistoryWriter {
  readonly #store: OpenStore;
  #segments: readonly SegmentFile[];
  #tail: Tail | undefined;

  constructor(store: OpenStore) {
    this.#store = store;
    this.#segments = segmentsAmong(store.project.storePath, store.names, store.ports.files);
    this.#tail = this.#findTail();
  }

  /** The state is synced to disk when this returns. Does nothing if it is already the last state. */
  append(state: ArchivedState): void {
    try {
      if (this.#tail?.lastId === state.id && this.#tail.lastSha256 === state.sha256) return;
      const tail = (this.#tail && this.#appendTo(this.#tail, state)) ?? this.#beginSegment(state);
      this.#tail = tail;
    } catch (error) {
      this.#tail = undefined;
      throw asBackupError(error, 'archive a backup', this.#store.project.storePath);
    }
  }

  /** Deletes the oldest segments until the history is no larger than configured; never the newest segment. */
  trim(): void {
    const { lock, ports, project } = this.#store;
    const { maxBytes } = project.configuration.history;
    let surplus = this.#segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - maxBytes;
    while (surplus > 0 && this.#segments.length > 1) {
      const [oldest, ...newer] = this.#segments;
      if (oldest === undefined) break;
      lock.assertHeld();
      ports.files.unlinkSync(oldest.path);
      surplus -= oldest.sizeBytes;
      this.#segments = newer;
    }
  }

  /** Stores the last state's image for the next run. Renames `imagePath`, if given, instead of writing a file. */
  storeBase(imagePath: string | undefined): void {
    const { ports, project } = this.#store;
    const base = join(project.storePath, HISTORY_BASE_FILE);
    if (imagePath !== undefined) ports.files.renameSync(imagePath, base);
    else if (this.#tail !== undefined) {
      writeBase(base, temporaryPath(project.storePath, uniqueToken(systemOf(ports))), this.#tail.image, ports.files);
    }
  }

  /** Undefined if the newest segment cannot take another state or is damaged. */
  #findTail(): Tail | undefined {
    const { ports } = this.#store;
    const { files } = ports;
    const newest = this.#segments.at(-1);
    if (newest === undefined) return undefined;
    try {
      const budget = new ReadingBudget(newest.path, { timeMs: READ_TIMEOUT_MS }, systemOf(ports));
      const segment = readSegment(newest.path, files, budget);
      if (segment.isBroken || segment.endsAt !== segment.sizeBytes || segment.records.length >= MAX_STATES) return;
      return this.#describeTail(segment, budget);
    } catch (error) {
      // The next state begins a new segment; the intact part of this one stays readable.
      if (error instanceof BackupError && UNUSABLE_CODES.has(error.code)) return undefined;
      throw error;
    }
  }

  #describeTail(segment: Segment, budget: ReadingBudget): Tail | undefined {
    const { files } = this.#store.ports;
    const [first, last] = [segment.records[0], segment.records.at(-1)];
    const firstMetadata = first && inflateMetadata(first.metadata, undefined);
    if (last === undefined || firstMetadata === undefined) return undefined;
    // A difference can be rebuilt only if every earlier record is readable.
    withSegment(segment.path, files, (file) => {
      for (const record of segment.records) {
        budget.spend(0);
        file.payload(record);
      }
    });
    const lastMetadata = last === first ? firstMetadata : inflateMetadata(last.metadata, firstMetadata);
    const base = readBase(join(this.#store.project.storePath, HISTORY_BASE_FILE), last, files);
    return {
      path: segment.path,
      sizeBytes: segment.sizeBytes,
      count: segment.records.length,
      oldestMs: last.oldestMs,
      firstMetadata,
      lastId: parseStateMetadata(lastMetadata ?? '')?.id ?? '',
      lastSha256: last.sha256,
      image: base ?? rebuildFrom(segment, last.index, files, budget),
    };
  }

  #appendTo(tail: Tail, state: ArchivedState): Tail | undefined {
    if (tail.count >= MAX_STATES) return undefined;
    const difference = padWithZeros(tail.image, state.image.length);
    xorInto(difference, state.image);
    const oldestMs = Math.min(tail.oldestMs, state.createdAt.getTime());
    const metadata = deflateMetadata(metadataText(state.id, state.metadata), tail.firstMetadata);
    const record = encodeRecord({
      ...makeRecord(state, metadata, difference, oldestMs),
      kind: 'xor',
      index: tail.count,
    });
    const { maxBytes } = this.#store.project.configuration.history;
    if (tail.sizeBytes + record.length > maxBytes / 2) return undefined;
    this.#write(tail, record);
    const sizeBytes = tail.sizeBytes + record.length;
    this.#recordSize(tail.path, sizeBytes);
    return { ...tail, ...lastState(state), sizeBytes, count: tail.count + 1, oldestMs };
  }

  #write(tail: Tail, record: Buffer): void {
    const { lock, ports } = this.#store;
    const { files } = ports;
    lock.assertHeld();
    const descriptor = files.openSync(tail.path, constants.O_RDWR | constants.O_NOFOLLOW);
    try {
      if (files.fstatSync(descriptor).size !== tail.sizeBytes) throw changedMeanwhile(tail.path);
      try {
        writeAll(descriptor, record, files, { position: tail.sizeBytes });
        files.fsyncSync(descriptor);
        assertWritten(descriptor, record, tail, this.#store);
      } catch (error) {
        // Releases the space on a full disk. If this fails too, the next state begins a new segment.
        files.ftruncateSync(descriptor, tail.sizeBytes);
        throw error;
      }
    } finally {
      files.closeSync(descriptor);
    }
  }

  #beginSegment(state: ArchivedState): Tail {
    const { lock, ports, project } = this.#store;
    const text = metadataText(state.id, state.metadata);
    const oldestMs = state.createdAt.getTime();
    const record = makeRecord(state, deflateMetadata(text, undefined), state.image, oldestMs);
    const content = Buffer.concat([SEGMENT_HEAD, encodeRecord({ ...record, kind: 'full', index: 0 })]);
    const number = nextSegmentNumber(this.#segments);
    const path = segmentPath(project.storePath, number, ports.now());
    const temporary = temporaryPath(project.storePath, uniqueToken(systemOf(ports)));
    writeNewFile(temporary, content, ports.files);
    try {
      lock.assertHeld();
      if (publishFile(temporary, path, ports.files) === 'exists') throw changedMeanwhile(path);
    } catch (error) {
      removeQuietly(temporary, ports.files);
      throw error;
    }
    syncFolder(project.storePath, ports.files);
    this.#segments = [...this.#segments, { path, number, sizeBytes: content.length }];
    return { path, sizeBytes: content.length, count: 1, oldestMs, firstMetadata: text, ...lastState(state) };
  }

  #recordSize(path: string, sizeBytes: number): void {
    this.#segments = this.#segments.map((segment) => (segment.path === path ? { ...segment, sizeBytes } : segment));
  }
}

/** An agent may be waiting. After this time a new segment is begun, which takes more space but less time. */
const READ_TIMEOUT_MS = 30_000;
const UNUSABLE_CODES: ReadonlySet<string> = new Set(['backup-damaged', 'too-large', 'time-limit']);

function lastState({ id, sha256, image }: ArchivedState): Pick<Tail, 'lastId' | 'lastSha256' | 'image'> {
  return { lastId: id, lastSha256: sha256, image };
}

/**
 * The best trade-off for runs of zeros: levels 1 to 3 produce three times the size, and 9 takes 50 % longer to save 2 %.
 */
const DEFLATE_LEVEL = 4;

function makeRecord(
  { image, sha256 }: ArchivedState,
  metadata: Buffer,
  content: Buffer,
  oldestMs: number,
): Omit<NewRecord, 'kind' | 'index'> {
  const payload = deflateRawSync(content, { level: DEFLATE_LEVEL });
  return { imageBytes: image.length, oldestMs, sha256, metadata, payload };
}

/** Reads the written data back, because the backup's own file is deleted next. */
function assertWritten(descriptor: number, record: Buffer, { path, sizeBytes }: Tail, { ports }: OpenStore): void {
  const written = Buffer.alloc(record.length);
  const bytesRead = readFully(descriptor, written, ports.files, sizeBytes);
  if (bytesRead === record.length && written.equals(record)) return;
  throw new BackupError(`${path} does not contain the data written to it`, {
    code: 'io',
    operation: 'archive a backup',
    path,
    hint: 'The backup was not removed. Check the disk.',
  });
}

function changedMeanwhile(path: string): BackupError {
  return new BackupError(`${path} was changed by another process`, {
    code: 'io',
    operation: 'archive a backup',
    path,
    hint: 'The backup was not removed. The next run tries again.',
  });
}
