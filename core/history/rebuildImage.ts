import { inflateRawSync } from 'node:zlib';
import { outputUpTo, sha256Of, systemOf, type FileSystem, type Ports } from '../system/index.js';
import { ReadingBudget } from '../store/index.js';
import { readSegment, withSegment, type OpenSegment, type Segment, type SegmentRecord } from './readSegment.js';
import { segmentDamaged } from './segmentFormat.js';
import { xorInto } from './xorImages.js';

/**
 * The image of one state of a segment, checked against its checksum; takes one step for each earlier state. Throws
 * `backup-damaged` with the segment's path if a record up to there is damaged, and `time-limit`.
 */
export function rebuildImage(path: string, index: number, ports: Pick<Ports, 'files' | 'system'>): Buffer {
  const { files } = ports;
  const budget = new ReadingBudget(path, { timeMs: REBUILD_TIMEOUT_MS }, systemOf(ports));
  return rebuildFrom(readSegment(path, files, budget), index, files, budget);
}

/** 128 images of 16 MB take seconds, but a hostile segment of a few kilobytes can contain 128 images of 256 MB. */
const REBUILD_TIMEOUT_MS = 5 * 60_000;

/** Throws between two states if the budget is exceeded. */
export function rebuildFrom(
  { path, records }: Segment,
  index: number,
  files: FileSystem,
  budget: ReadingBudget,
): Buffer {
  const target = records[index];
  if (target === undefined) throw segmentDamaged(path, `state ${index.toString()} no longer exists`);
  const image = withSegment(path, files, (file) => {
    let current: Buffer = Buffer.alloc(0);
    for (const record of records.slice(0, index + 1)) {
      budget.spend(0);
      current = applyRecord(file, current, record);
    }
    return current;
  });
  if (sha256Of(image) !== target.sha256) throw segmentDamaged(path, `state ${index.toString()} has changed`);
  return image;
}

/**
 * Rebuilds every state of a segment and compares it with its checksum. Throws `backup-damaged`, or if the budget is
 * exceeded.
 */
export function verifyStates({ path, records }: Segment, files: FileSystem, budget: ReadingBudget): void {
  withSegment(path, files, (file) => {
    let current: Buffer = Buffer.alloc(0);
    for (const record of records) {
      budget.spend(0);
      current = applyRecord(file, current, record);
      if (sha256Of(current) !== record.sha256) {
        throw segmentDamaged(path, `state ${record.index.toString()} has changed`);
      }
    }
  });
}

function applyRecord(file: OpenSegment, before: Buffer, record: SegmentRecord): Buffer {
  const expectedBytes = Math.max(before.length, record.imageBytes);
  const payload = file.payload(record);
  let image: Buffer;
  try {
    image = inflateRawSync(payload, outputUpTo(expectedBytes));
  } catch (error) {
    throw segmentDamaged(file.path, `state ${record.index.toString()} cannot be decompressed`, error);
  }
  if (image.length !== expectedBytes) {
    throw segmentDamaged(file.path, `state ${record.index.toString()} has the wrong length`);
  }
  if (record.kind === 'xor') xorInto(image, before);
  return image.subarray(0, record.imageBytes);
}
