import { join } from 'node:path';
import type { FileSystem } from '../system/index.js';

/** One file of the history, as the folder tells of it. */
export interface SegmentFile {
  readonly path: string;
  /** Grows with every segment of a store, whatever the clock says. */
  readonly number: number;
  readonly sizeBytes: number;
}

/** `history-000001-20260125-134600.fbh`: number, and the time in UTC at which it was begun. */
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
  return segments.sort((one, other) => one.number - other.number || (one.path < other.path ? -1 : 1));
}

/** After every segment, but for a number that leaves no room to count on from: nobody has that many. */
export function nextSegmentNumber(segments: readonly SegmentFile[]): number {
  return segments.reduce((last, { number }) => (number < LARGEST_NUMBER ? Math.max(last, number) : last), 0) + 1;
}

const LARGEST_NUMBER = 10 ** 11;

export function segmentPath(storePath: string, number: number, begunAt: Date): string {
  const stamp = begunAt.toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  return join(storePath, `history-${number.toString().padStart(6, '0')}-${stamp}.fbh`);
}

/** Whether a file can be a segment by its size: the bound of a history is configured, but memory holds no larger one. */
export function isSegmentSize(sizeBytes: number): boolean {
  return sizeBytes <= MAX_SEGMENT_BYTES;
}

const MAX_SEGMENT_BYTES = 2 ** 31;

/** Undefined for the name of anything else. */
export function segmentNumber(name: string): number | undefined {
  const number = SEGMENT_NAME.exec(name)?.[1];
  return number === undefined ? undefined : Number(number);
}
