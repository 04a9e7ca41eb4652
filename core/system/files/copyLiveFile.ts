import { isNotFound } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { PRIVATE_MODE, removeQuietly, writeAll } from './atomicWrite.js';
import { OPEN_FOR_READING } from './readSmallFile.js';
import { CHUNK_BYTES } from './readWhole.js';
import { newSha256 } from './sha256.js';

export interface CopyResult {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/**
 * Copies a regular file that others may be writing to a new file, and syncs it. Undefined if missing. Never follows a
 * link; the caller resolves the path. Copies at most the initial size and stops if the file shrinks, where `copyFile`
 * would never return. Preserves holes, so a sparse file takes no extra space.
 */
export function copyLiveFile(
  from: string,
  to: string,
  files: FileSystem,
  onChunk?: (doneBytes: number) => void,
): CopyResult | undefined {
  const source = openSource(from, files);
  if (source === undefined) return undefined;
  try {
    const stats = files.fstatSync(source);
    return stats.isFile() ? copyOpenFile(source, stats.size, to, files, onChunk) : undefined;
  } finally {
    files.closeSync(source);
  }
}

function openSource(path: string, files: FileSystem): number | undefined {
  try {
    return files.openSync(path, OPEN_FOR_READING);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

function copyOpenFile(
  source: number,
  sizeBytes: number,
  to: string,
  files: FileSystem,
  onChunk?: (doneBytes: number) => void,
): CopyResult {
  const target = files.openSync(to, 'wx', PRIVATE_MODE);
  try {
    try {
      const copied = copyChunks(source, target, sizeBytes, files, onChunk);
      files.fsyncSync(target);
      return copied;
    } finally {
      files.closeSync(target);
    }
  } catch (error) {
    removeQuietly(to, files);
    throw error;
  }
}

function copyChunks(
  source: number,
  target: number,
  sizeBytes: number,
  files: FileSystem,
  onChunk?: (doneBytes: number) => void,
): CopyResult {
  const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, Math.max(sizeBytes, 1)));
  const zeros = Buffer.alloc(chunk.length);
  const hash = newSha256();
  let done = 0;
  while (done < sizeBytes) {
    const bytesRead = files.readSync(source, chunk, 0, Math.min(chunk.length, sizeBytes - done), done);
    if (bytesRead === 0) break;
    const bytes = chunk.subarray(0, bytesRead);
    hash.update(bytes);
    if (!bytes.equals(zeros.subarray(0, bytesRead))) writeAll(target, bytes, files, { position: done });
    done += bytesRead;
    onChunk?.(done);
  }
  files.ftruncateSync(target, done);
  return { sizeBytes: done, sha256: hash.digest('hex') };
}
