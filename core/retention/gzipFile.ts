import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import {
  PRIVATE_MODE,
  readFully,
  removeQuietly,
  writeAll,
  OPEN_FOR_READING,
  newSha256,
  systemErrorCode,
  type FileSystem,
} from '../system/index.js';

/** The size and checksum of the uncompressed data. */
export interface ContentDigest {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The files are processed in chunks of this size, so memory use does not depend on their size. */
const CHUNK_BYTES = 1024 * 1024;

/**
 * Writes the gzip of a file to a new file, and syncs it. Removes an incomplete file. `onChunk` can throw to stop the
 * compression.
 */
export async function gzipFile(
  from: string,
  to: string,
  files: FileSystem,
  onChunk: () => void,
): Promise<ContentDigest> {
  const target = files.openSync(to, 'wx', PRIVATE_MODE);
  try {
    try {
      const hash = newSha256();
      let sizeBytes = 0;
      let position = 0;
      const plain = readChunks(from, files, (chunk) => {
        hash.update(chunk);
        sizeBytes += chunk.length;
        onChunk();
      });
      await pump(plain, 'gzip', (chunk) => {
        writeAll(target, chunk, files, { position });
        position += chunk.length;
      });
      files.fsyncSync(target);
      return { sizeBytes, sha256: hash.digest('hex') };
    } finally {
      files.closeSync(target);
    }
  } catch (error) {
    removeQuietly(to, files);
    throw error;
  }
}

/** The size and checksum of a gzip file's content; undefined if it is invalid or larger than `maxBytes`. */
export async function digestGzip(
  path: string,
  maxBytes: number,
  files: FileSystem,
): Promise<ContentDigest | undefined> {
  const hash = newSha256();
  let sizeBytes = 0;
  try {
    await pump(readChunks(path, files), 'gunzip', (chunk) => {
      hash.update(chunk);
      sizeBytes += chunk.length;
      if (sizeBytes > maxBytes)
        throw Object.assign(new Error('The decompressed data exceeds the limit'), { code: 'Z_TOO_MUCH' });
    });
  } catch (error) {
    if (isZlibError(error)) return undefined;
    throw error;
  }
  return { sizeBytes, sha256: hash.digest('hex') };
}

function isZlibError(error: unknown): boolean {
  return systemErrorCode(error)?.startsWith('Z_') === true;
}

async function pump(
  chunks: Iterable<Buffer>,
  method: 'gzip' | 'gunzip',
  onChunk: (chunk: Buffer) => void,
): Promise<void> {
  const options = { chunkSize: CHUNK_BYTES };
  const transform = method === 'gzip' ? createGzip(options) : createGunzip(options);
  await pipeline(chunks, transform, async (transformed: AsyncIterable<Buffer>) => {
    for await (const chunk of transformed) onChunk(chunk);
  });
}

function* readChunks(path: string, files: FileSystem, onChunk?: (chunk: Buffer) => void): Generator<Buffer> {
  const descriptor = files.openSync(path, OPEN_FOR_READING);
  try {
    let position = 0;
    for (;;) {
      const chunk = Buffer.allocUnsafeSlow(CHUNK_BYTES);
      const bytesRead = readFully(descriptor, chunk, files, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      onChunk?.(chunk.subarray(0, bytesRead));
      yield chunk.subarray(0, bytesRead);
    }
  } finally {
    files.closeSync(descriptor);
  }
}
