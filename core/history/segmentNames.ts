import { join } from 'node:path';
import type { FileSystem } from '../system/index.js';

/** One file of the history. */
export interface SegmentFile {
  readonly path: string;
  /** Increases with every segment of a store, regardless of the clock. */
  readonly number: number;
  readonly sizeBytes: number;
}

/** `history-000001-20260125-134600.fbh`: the number, and the UTC time at which the segment was begun. */
const SEGMENT_NAME = /^history-(\d{6,12})-\d{8}-\d{6}\.fbh$/;

/** The segments among these names, oldest first; only regular files. */
export function segmentsAmong(storePath: string, names: Iterable<string>, files: FileSystem): readonly SegmentFile[] {
  const segments: SegmentFile[] = [];
  for (const name of names) {
    const number = SEGMENT_NAME.exec(name)?.[1];
    if (number === undefined) continue;
    const path = join(storePath, name);
    const stats = files.lstatSync(path, { throwIfNoEntry: false });
    if (stats?.isFile() === true) segments.push({ path, number: Number(number), sizeBytes: stats.size });
  }
  return segments.sort((one, other) => orderOf(one) - orderOf(other) || (one.path < other.path ? -1 : 1));
}

/** Higher than the number of every segment, except forged numbers. */
export function nextSegmentNumber(segments: readonly SegmentFile[]): number {
  const last = segments.reduce((highest, segment) => Math.max(highest, orderOf(segment)), 0);
  return Math.min(last + 1, MAX_SEGMENT_NUMBER);
}

/**
 * A number that no real history reaches is forged. It counts as the oldest segment, because states are appended to the
 * newest one, which is also deleted last.
 */
function orderOf({ number }: SegmentFile): number {
  return number <= MAX_SEGMENT_NUMBER ? number : 0;
}

const MAX_SEGMENT_NUMBER = 10 ** 9;

export function segmentPath(storePath: string, number: number, begunAt: Date): string {
  const stamp = begunAt.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return join(storePath, `history-${number.toString().padStart(6, '0')}-${stamp}.fbh`);
}

/** Whether a file of this size can be a segment; a larger one does not fit into memory. */
export function isSegmentSize(sizeBytes: number): boolean {
  return sizeBytes <= MAX_SEGMENT_BYTES;
}

const MAX_SEGMENT_BYTES = 2 ** 31;

/** Undefined for any other name. */
export function segmentNumber(name: string): number | undefined {
  const number = SEGMENT_NAME.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}
