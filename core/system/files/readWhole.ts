import type { FileSystem } from '../ports.js';

/** One read at a time stays far below the 2 GiB that a single system call may move. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * What an open file holds, up to `sizeBytes`. Ends early, with what there was, where the file has become shorter
 * meanwhile; never waits for more.
 */
export function readWhole(
  descriptor: number,
  sizeBytes: number,
  files: FileSystem,
  onChunk?: (doneBytes: number) => void,
): Buffer {
  const content = Buffer.allocUnsafeSlow(sizeBytes);
  let filled = 0;
  while (filled < sizeBytes) {
    const got = files.readSync(descriptor, content, filled, Math.min(CHUNK_BYTES, sizeBytes - filled), filled);
    if (got === 0) break;
    filled += got;
    onChunk?.(filled);
  }
  return content.subarray(0, filled);
}
