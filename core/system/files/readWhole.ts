import type { FileSystem } from '../ports.js';

/** Far below the 2 GiB limit of a system call. */
export const CHUNK_BYTES = 8 * 1024 * 1024;

/**
 * Fills `target` from an open file, starting at `position`, even if the system returns fewer bytes at once. Returns the
 * number of bytes, which is smaller only at the end of the file.
 */
export function readFully(descriptor: number, target: Uint8Array, files: FileSystem, position = 0): number {
  let filled = 0;
  while (filled < target.length) {
    const requested = Math.min(CHUNK_BYTES, target.length - filled);
    const bytesRead = files.readSync(descriptor, target, filled, requested, position + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return filled;
}

/** Reads `sizeBytes` bytes of an open file, starting at `position`; fewer if the file has shrunk. */
export function readWhole(descriptor: number, sizeBytes: number, files: FileSystem, position = 0): Buffer {
  const content = Buffer.allocUnsafeSlow(sizeBytes);
  return content.subarray(0, readFully(descriptor, content, files, position));
}
