import type { OpenFile } from './openFile.js';

/** The progress of reading a large file. The second half is the second read, which verifies the first. */
export interface ReadProgress {
  readonly report: ((step: string, fraction: number) => void) | undefined;
  readonly totalBytes: number;
  doneBytes: number;
}

/** Reads the file from its start into `target`, in chunks; returns the number of bytes. */
export function readWithProgress(file: OpenFile, target: Buffer, progress: ReadProgress): number {
  let filled = 0;
  while (filled < target.length) {
    const chunk = target.subarray(filled, filled + READ_CHUNK_BYTES);
    const count = file.read(chunk, filled);
    filled += count;
    advance(progress, count);
    if (count < chunk.length) break;
  }
  return filled;
}

/** Whether the file contains exactly `expected`; reads it through one small buffer. */
export function hasSameBytes(file: OpenFile, expected: Buffer, progress?: ReadProgress): boolean {
  if (file.stamp().sizeBytes !== expected.length) return false;
  const chunk = Buffer.allocUnsafeSlow(Math.min(COMPARE_CHUNK_BYTES, expected.length));
  for (let offset = 0; offset < expected.length; offset += chunk.length) {
    const part = expected.subarray(offset, offset + chunk.length);
    const actual = chunk.subarray(0, part.length);
    if (file.read(actual, offset) < part.length || !actual.equals(part)) return false;
    if (progress !== undefined) advance(progress, part.length);
  }
  return true;
}

const READ_CHUNK_BYTES = 16 * 1024 * 1024;
// Small enough to stay in the processor's cache between reading and comparing.
const COMPARE_CHUNK_BYTES = 512 * 1024;
/** Smaller files are read too quickly for a progress bar. */
const MIN_REPORTED_BYTES = 32 * 1024 * 1024;

function advance(progress: ReadProgress, bytes: number): void {
  progress.doneBytes += bytes;
  if (progress.totalBytes < MIN_REPORTED_BYTES) return;
  progress.report?.('Reading the database', Math.min(1, progress.doneBytes / progress.totalBytes));
}
