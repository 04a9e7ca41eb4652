import type { FileSystem } from '../ports.js';
import { livenessOf, parseProcessIdentity, type ProcessIdentity } from './processIdentity.js';
import { readSmallFile } from './readSmallFile.js';
import { isToken } from './uniqueToken.js';

/** What a lock file says about its owner. */
export interface LockRecord extends ProcessIdentity {
  /** Unique for every time a lock is taken. */
  readonly token: string;
  /** ISO 8601; for people. */
  readonly since: string;
  /** Its owner is done with it, and could not delete it. */
  readonly released?: boolean;
}

/** A lock file as it was found. */
export interface FoundLock {
  /** Undefined: half written (where hard links are missing), or not ours. */
  readonly record: LockRecord | undefined;
  /** The token, or a stand-in where it cannot be read. */
  readonly token: string;
  readonly stale: boolean;
}

/** Undefined where there is no lock file. `nowMs` is a time of the same file system, whatever this machine's clock says. */
export function findLock(path: string, own: ProcessIdentity, nowMs: number, files: FileSystem): FoundLock | undefined {
  const stats = files.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const ageMs = nowMs - stats.mtimeMs;
  const content = readSmallFile(path, MAX_RECORD_BYTES, files);
  const record = content === undefined ? undefined : parseLockRecord(content.toString());
  if (record === undefined) return { record, token: UNREADABLE, stale: ageMs > STALE_UNREADABLE_MS };
  const liveness = livenessOf(record, own, files);
  const stale = record.released === true || liveness === 'dead' || (liveness === 'unknown' && ageMs > STALE_FOREIGN_MS);
  return { record, token: record.token, stale };
}

/** An owner whose life cannot be looked at counts as dead when it has not touched its lock for this long. */
const STALE_FOREIGN_MS = 10 * 60 * 1000;

/** Writing a record takes microseconds; what is still unreadable then has no owner. */
const STALE_UNREADABLE_MS = 10 * 1000;

const UNREADABLE = 'unreadable';
const MAX_RECORD_BYTES = 4096;

export function formatLockRecord(record: LockRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

export function parseLockRecord(text: string): LockRecord | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const identity = parseProcessIdentity(value);
  if (identity === undefined) return undefined;
  const { token, since, released } = value as Readonly<Record<string, unknown>>;
  if (!isToken(token) || typeof since !== 'string') return undefined;
  return { ...identity, token, since, released: released === true };
}
