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
export interface Passed {
  readonly sizeBytes: number;
  /** Hex. */
  readonly sha256: string;
}

/** The files are processed in pieces of this size, so memory use does not depend on their size. */
const PIECE_BYTES = 1024 * 1024;

/**
 * Writes the gzip of a file to a new file, and syncs it. Removes an incomplete file. `onPiece` can throw to stop the
 * compression.
 */
export async function gzipFile(from: string, to: string, files: FileSystem, onPiece: () => void): Promise<Passed> {
  const target = files.openSync(to, 'wx', PRIVATE_MODE);
  try {
    try {
      const hash = newSha256();
      let sizeBytes = 0;
      let position = 0;
      const plain = piecesOf(from, files, (piece) => {
        hash.update(piece);
        sizeBytes += piece.length;
        onPiece();
      });
      await pump(plain, 'gzip', (piece) => {
        writeAll(target, piece, files, { position });
        position += piece.length;
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
export async function readGzip(path: string, maxBytes: number, files: FileSystem): Promise<Passed | undefined> {
  const hash = newSha256();
  let sizeBytes = 0;
  try {
    await pump(piecesOf(path, files), 'gunzip', (piece) => {
      hash.update(piece);
      sizeBytes += piece.length;
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

async function pump(pieces: Iterable<Buffer>, how: 'gzip' | 'gunzip', take: (piece: Buffer) => void): Promise<void> {
  const options = { chunkSize: PIECE_BYTES };
  const transform = how === 'gzip' ? createGzip(options) : createGunzip(options);
  await pipeline(pieces, transform, async (transformed: AsyncIterable<Buffer>) => {
    for await (const piece of transformed) take(piece);
  });
}

function* piecesOf(path: string, files: FileSystem, onPiece?: (piece: Buffer) => void): Generator<Buffer> {
  const descriptor = files.openSync(path, OPEN_FOR_READING);
  try {
    let position = 0;
    for (;;) {
      const piece = Buffer.allocUnsafeSlow(PIECE_BYTES);
      const got = readFully(descriptor, piece, files, position);
      if (got === 0) return;
      position += got;
      onPiece?.(piece.subarray(0, got));
      yield piece.subarray(0, got);
    }
  } finally {
    files.closeSync(descriptor);
  }
}
