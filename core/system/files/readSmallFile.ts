import { constants, type BigIntStats } from 'node:fs';
import { isNotFound, systemErrorCode } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { readFully } from './readWhole.js';

/** Opens without following a link and without blocking on a pipe. */
export const OPEN_FOR_READING = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** The result of reading an untrusted file. */
export type PlainFileResult =
  | { readonly status: 'read'; readonly content: Buffer }
  | { readonly status: 'missing' }
  | { readonly status: 'refused'; readonly reason: RefusalReason };

export type RefusalReason = 'a link' | 'not a regular file' | 'too large';

/**
 * Reads a regular file of at most `maxSizeBytes`. Never follows a link, never blocks on a pipe, never reads a device.
 * Throws every other system error (EACCES, EMFILE, EIO …), because unreadable is neither missing nor refused.
 * `onOpened` receives the stats of a regular file before it is read.
 */
export function readPlainFile(
  path: string,
  maxSizeBytes: number,
  files: FileSystem,
  onOpened?: (stats: BigIntStats) => void,
): PlainFileResult {
  let descriptor: number;
  try {
    descriptor = files.openSync(path, OPEN_FOR_READING);
  } catch (error) {
    return openErrorResult(error);
  }
  try {
    const stats = files.fstatSync(descriptor, { bigint: true });
    if (!stats.isFile()) return NOT_REGULAR;
    onOpened?.(stats);
    const content = readUpTo(descriptor, Number(stats.size), maxSizeBytes, files);
    return content === undefined ? { status: 'refused', reason: 'too large' } : { status: 'read', content };
  } finally {
    files.closeSync(descriptor);
  }
}

/** Like `readPlainFile`, but undefined for both a missing and a refused file. */
export function readSmallFile(path: string, maxSizeBytes: number, files: FileSystem): Buffer | undefined {
  const file = readPlainFile(path, maxSizeBytes, files);
  return file.status === 'read' ? file.content : undefined;
}

const FIRST_READ_BYTES = 16 * 1024;
let firstRead: Buffer | undefined;

/**
 * Makes two system calls fewer than `readFileSync`, because a catalog reads thousands of files. Undefined above
 * `maxSizeBytes`. A first read that returns `expectedBytes`, the size in the stats, has read the whole file.
 */
function readUpTo(
  descriptor: number,
  expectedBytes: number,
  maxSizeBytes: number,
  files: FileSystem,
): Buffer | undefined {
  firstRead ??= Buffer.allocUnsafe(FIRST_READ_BYTES);
  const bytesRead = files.readSync(descriptor, firstRead, 0, FIRST_READ_BYTES, 0);
  if (bytesRead > maxSizeBytes) return undefined;
  const start = Buffer.from(firstRead.subarray(0, bytesRead));
  if (bytesRead < FIRST_READ_BYTES && bytesRead >= expectedBytes) return start;

  const rest = Buffer.allocUnsafe(maxSizeBytes - bytesRead + 1);
  const more = readFully(descriptor, rest, files, bytesRead);
  return more === rest.length ? undefined : Buffer.concat([start, rest.subarray(0, more)]);
}

const NOT_REGULAR: PlainFileResult = { status: 'refused', reason: 'not a regular file' };

function openErrorResult(error: unknown): PlainFileResult {
  if (isNotFound(error)) return { status: 'missing' };
  const reason = refusalReason(error);
  if (reason === undefined) throw error;
  return { status: 'refused', reason };
}

/** Why the system refused to open a file with `OPEN_FOR_READING`; undefined for errors unrelated to its kind. */
export function refusalReason(error: unknown): Exclude<RefusalReason, 'too large'> | undefined {
  return REFUSALS.get(systemErrorCode(error) ?? '');
}

/** ENXIO: a socket or a pipe without a reader; ELOOP and EMLINK: O_NOFOLLOW refused a link. */
const REFUSALS: ReadonlyMap<string, 'a link' | 'not a regular file'> = new Map([
  ['ELOOP', 'a link'],
  ['EMLINK', 'a link'],
  ['EISDIR', 'not a regular file'],
  ['ENXIO', 'not a regular file'],
] as const);
