import type { Stats } from 'node:fs';
import { systemErrorCode } from '../errors.js';
import { systemOf, type FileSystem, type Ports } from '../ports.js';
import { kindOf } from '../files/fileKind.js';
import { entryIdentity } from '../files/moveAside.js';
import { livenessOf, parseProcessIdentity, type Liveness, type ProcessIdentity } from '../processes/processIdentity.js';
import { readPlainFile } from '../files/readSmallFile.js';
import { sha256Of } from '../files/sha256.js';
import { parseJson, asRecord } from '../json.js';
import { isToken } from '../processes/uniqueToken.js';
import { recordSighting } from './lockSightings.js';

/** The content of a lock file. */
export interface LockRecord extends ProcessIdentity {
  /** Unique for every acquisition. */
  readonly token: string;
  /** ISO 8601; for people. */
  readonly since: string;
  /** The owner has finished, but could not delete the lock. */
  readonly released?: boolean;
}

/** A lock file, or the obstacle in its place. */
export interface FoundLock {
  /** Undefined: half written (without hard links), another user's, or not a lock. */
  readonly record: LockRecord | undefined;
  /** The record's token; without a record, the identity. */
  readonly token: string;
  /** Identifies the file, regardless of its content. */
  readonly identity: string;
  readonly stale: boolean;
  /** Undefined without a record. */
  readonly liveness: Liveness | undefined;
  /** Names an entry that is not a lock, such as "a folder". It is moved aside, never replaced. */
  readonly obstacle: string | undefined;
  /** The time at which this user first saw it in its present form; undefined if its age does not matter. */
  readonly unchangedSince: Date | undefined;
}

type FindPorts = Pick<Ports, 'files' | 'now' | 'environment' | 'system'>;

/** Undefined without a lock file. `nowMs` is the current time of the lock's file system, whose clock can differ. */
export function findLock(path: string, own: ProcessIdentity, nowMs: number, ports: FindPorts): FoundLock | undefined {
  const stats = ports.files.lstatSync(path, { throwIfNoEntry: false });
  if (stats === undefined) return undefined;
  const identity = entryIdentity(stats);
  const found = { record: undefined, token: identity, identity, liveness: undefined, obstacle: undefined };
  if (!stats.isFile()) return { ...found, obstacle: `a ${kindOf(stats)}`, stale: true, unchangedSince: undefined };
  const content = readContent(path, ports.files);
  if (content === 'missing') return undefined;
  const observation: Observation = {
    path,
    fileAgeMs: nowMs - stats.mtimeMs,
    fingerprint: () => fingerprintOf(stats, content),
    ports,
  };
  if (content === 'hidden') return { ...found, ...staleAfter(STALE_FOREIGN_MS, observedAge(observation)) };
  const record = content === 'too large' ? undefined : parseLockRecord(content.toString());
  if (record === undefined) {
    const isPartial = content !== 'too large' && isPartialRecord(content);
    const staleness = staleAfter(STALE_UNREADABLE_MS, fileAge(observation));
    return { ...found, obstacle: isPartial ? undefined : 'another program’s file', ...staleness };
  }
  const liveness = record.released === true ? 'dead' : livenessOf(record, own, ports.files, systemOf(ports));
  const staleness =
    liveness === 'unknown'
      ? staleAfter(STALE_FOREIGN_MS, observedAge(observation))
      : { stale: liveness === 'dead', unchangedSince: undefined };
  return { ...found, record, token: record.token, liveness, ...staleness };
}

/** An owner that cannot be checked counts as dead if it has not refreshed its lock for this long. */
const STALE_FOREIGN_MS = 10 * 60 * 1000;

/** Writing a record takes microseconds, so a file that is still invalid has no owner. */
const STALE_UNREADABLE_MS = 10 * 1000;

const MAX_RECORD_BYTES = 4096;

/** `hidden`: the lock belongs to another user, and only that user can read it. */
type Content = Buffer | 'missing' | 'hidden' | 'too large';

function readContent(path: string, files: FileSystem): Content {
  try {
    const file = readPlainFile(path, MAX_RECORD_BYTES, files);
    if (file.status === 'read') return file.content;
    // Replaced since the `lstat`.
    return file.status === 'refused' && file.reason === 'too large' ? 'too large' : 'missing';
  } catch (error) {
    if (HIDDEN_CODES.has(systemErrorCode(error))) return 'hidden';
    throw error;
  }
}

const HIDDEN_CODES: ReadonlySet<string | undefined> = new Set(['EACCES', 'EPERM']);

interface Observation {
  readonly path: string;
  /** By the clock of the file system. */
  readonly fileAgeMs: number;
  readonly fingerprint: () => string;
  readonly ports: FindPorts;
}

interface Age {
  readonly ms: number;
  readonly unchangedSince: Date | undefined;
}

/**
 * Counted from the last observed change, because the owner's clock may differ. The time stamp counts only if sightings
 * cannot be recorded.
 */
function observedAge({ path, fileAgeMs, fingerprint, ports }: Observation): Age {
  const { since, isRecorded } = recordSighting(path, fingerprint(), ports);
  const seenMs = ports.now().getTime() - since.getTime();
  return { ms: isRecorded ? seenMs : Math.max(seenMs, fileAgeMs), unchangedSince: since };
}

function fileAge(observation: Observation): Age {
  return observation.fileAgeMs < 0
    ? observedAge(observation)
    : { ms: observation.fileAgeMs, unchangedSince: undefined };
}

function fingerprintOf({ mtimeMs }: Stats, content: Content): string {
  return sha256Of(Buffer.concat([Buffer.from(`${mtimeMs.toString()}\n`), Buffer.from(content)]));
}

function staleAfter(limitMs: number, { ms, unchangedSince }: Age): Pick<FoundLock, 'stale' | 'unchangedSince'> {
  return { stale: ms > limitMs, unchangedSince };
}

export function formatLockRecord(record: LockRecord): Buffer {
  return Buffer.from(`${JSON.stringify(record)}\n`);
}

/** A half-written record, or the remains of one after a power failure. */
function isPartialRecord(content: Buffer): boolean {
  const start = '{"pid":';
  const text = content.toString();
  if (text.startsWith(start)) return parseJson(text) === undefined;
  return start.startsWith(text) || content.every((byte) => byte === 0);
}

export function parseLockRecord(text: string): LockRecord | undefined {
  const value = parseJson(text);
  const identity = parseProcessIdentity(value);
  const { token, since, released } = asRecord(value);
  if (identity === undefined || !isToken(token) || typeof since !== 'string') return undefined;
  return { ...identity, token, since, released: released === true };
}
