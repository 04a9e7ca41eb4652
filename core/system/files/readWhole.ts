import type { FileSystem } from '../ports.js';

/** One read at a time stays far below the 2 GiB that a single system call may move. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Fills `target` from an open file, beginning at `position`, however few bytes the system gives at once. Returns how many
 * there were: fewer only at the end of the file. Never waits for more.
 */
export function readFully(descriptor: number, target: Uint8Array, files: FileSystem, position = 0): number {
  let filled = 0;
  while (filled < target.length) {
    const wanted = Math.min(CHUNK_BYTES, target.length - filled);
    const got = files.readSync(descriptor, target, filled, wanted, position + filled);
    if (got === 0) break;
    filled += got;
  }
  return filled;
}

/** So many bytes of an open file, beginning at `position`; fewer if it has become shorter meanwhile. */
export function readWhole(descriptor: number, sizeBytes: number, files: FileSystem, position = 0): Buffer {
  const content = Buffer.allocUnsafeSlow(sizeBytes);
  return content.subarray(0, readFully(descriptor, content, files, position));
}
