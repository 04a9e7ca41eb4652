import { join } from 'node:path';
import { asBackupError, BackupError, isNotFound, systemErrorCode } from '../errors.js';
import { systemOf, type FileSystem, type Ports, type System } from '../ports.js';
import { NO_HARD_LINK_CODES, PRIVATE_MODE, removeQuietly, writeAll } from '../files/atomicWrite.js';
import { explainDenied } from '../files/explainDenied.js';
import { moveAside } from '../files/moveAside.js';
import { ownIdentity } from '../processes/processIdentity.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { findLock, formatLockRecord, parseLockRecord, type FoundLock, type LockRecord } from './lockRecord.js';
import { forgetSighting } from './lockSightings.js';

/** A held lock. */
export interface StoreLock {
  /** Throws `store-busy` if the lock was lost; call it before publishing. Also refreshes the lock. */
  assertHeld(): void;
}

export type LockTimeout = number | ((owner: FoundLock) => number);

export interface StoreLockOptions {
  /** 15,000 by default. A function decides by the lock's current owner. */
  readonly timeoutMs?: LockTimeout | undefined;
  /** What is locked, for messages: "the backup store" by default. */
  readonly name?: string;
}

/**
 * Runs `work` while holding the store's lock. Takes over the lock of a dead owner at once; waits for a live owner, then
 * throws `store-busy` with its process id. The store's folder must exist.
 *
 * The lock is a file that only one process can create. To take over a lock with token T, a process first creates the
 * takeover file named after T. Tokens are never reused, so a late process finds another token in the lock and leaves
 * it. The takeover file of a process that died is taken over in the same way. An obstacle, an entry that has the name
 * of either file but is not a lock, is moved aside with a warning.
 */
export async function withStoreLock<T>(
  storePath: string,
  ports: Ports,
  work: (lock: StoreLock) => T | Promise<T>,
  options: StoreLockOptions = {},
): Promise<T> {
  const candidate = new LockAcquisition(storePath, ports, options.name);
  try {
    await candidate.wait(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      return await work(candidate);
    } catch (error) {
      throw systemErrorCode(error) === undefined
        ? error
        : asBackupError(error, `work on ${options.name ?? DEFAULT_NAME}`, storePath);
    } finally {
      candidate.release();
    }
  } finally {
    candidate.close();
  }
}

/**
 * Takes the lock with this token from its owner, even a running one, and releases it; moves an obstacle aside. Uses the
 * takeover file, so a newer lock is never affected. False if another process is taking over the lock. A running owner's
 * next `assertHeld` throws.
 */
export function breakLock(storePath: string, token: string, ports: Ports): boolean {
  const candidate = new LockAcquisition(storePath, ports, DEFAULT_NAME, token);
  try {
    return candidate.breakLock();
  } catch (error) {
    throw asBackupError(error, 'remove the lock', join(storePath, LOCK_NAME));
  } finally {
    candidate.close();
  }
}

export const LOCK_NAME = '.lock';
/** Prefixes of a lock's temporary files; a token follows. */
export const LOCK_CANDIDATE_PREFIX = '.lock-new-';
export const LOCK_TAKEOVER_PREFIX = '.lock-over-';

const DEFAULT_NAME = 'the backup store';
const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_PAUSE_MS = 40;
const TOUCH_INTERVAL_MS = 30_000;
const MAX_DEAD_OWNERS = 32;

/** The record is written to a temporary file, which is then linked to the lock's path. */
class LockAcquisition implements StoreLock {
  readonly #ports: Ports;
  readonly #files: FileSystem;
  readonly #system: System;
  readonly #storePath: string;
  readonly #lockPath: string;
  readonly #path: string;
  readonly #record: LockRecord;
  #descriptor: number | undefined;
  #touchedAtMs = 0;
  #writtenAtMs = 0;

  /** `brokenToken`: a lock with this token counts as stale. */
  constructor(
    storePath: string,
    ports: Ports,
    private readonly name = DEFAULT_NAME,
    private readonly brokenToken?: string,
  ) {
    this.#ports = ports;
    this.#files = ports.files;
    this.#system = systemOf(ports);
    this.#storePath = storePath;
    this.#lockPath = join(storePath, LOCK_NAME);
    this.#record = {
      ...ownIdentity(ports.files, this.#system),
      token: uniqueToken(this.#system),
      since: ports.now().toISOString(),
    };
    this.#path = join(storePath, LOCK_CANDIDATE_PREFIX + this.#record.token);
  }

  async wait(timeout: LockTimeout): Promise<void> {
    const startedAtMs = this.#system.monotonicMs();
    for (let attempt = 0; ; attempt += 1) {
      const owner = this.#tryToAcquire();
      if (owner === undefined) {
        removeQuietly(this.#path, this.#files);
        forgetSighting(this.#lockPath, this.#ports);
        HELD_TOKENS.add(this.#record.token);
        return;
      }
      const timeoutMs = typeof timeout === 'number' ? timeout : timeout(owner);
      if (this.#system.monotonicMs() - startedAtMs >= timeoutMs) {
        throw storeBusy(this.name, this.#storePath, owner, timeoutMs);
      }
      await this.#system.pause(this.#system.random() * Math.min(MAX_PAUSE_MS, 2 ** Math.min(attempt, 10)));
    }
  }

  assertHeld(): void {
    try {
      if (readToken(this.#lockPath, this.#files) !== this.#record.token) throw lockLost(this.name, this.#storePath);
      this.#touch();
    } catch (error) {
      throw asBackupError(error, `keep the lock of ${this.name}`, this.#storePath);
    }
  }

  release(): void {
    // This process may run for days and must not block the others meanwhile. The lock can be missing if the project's
    // folder was renamed, even briefly.
    if (!this.#deleteLock()) this.#markReleased();
    HELD_TOKENS.delete(this.#record.token);
  }

  breakLock(): boolean {
    this.#write();
    const found = this.#find(this.#lockPath);
    if (found?.stale === true && found.token === this.brokenToken && this.#takeOver(this.#lockPath, found)) {
      forgetSighting(this.#lockPath, this.#ports);
      this.release();
    }
    return this.#find(this.#lockPath)?.token !== this.brokenToken;
  }

  close(): void {
    if (this.#descriptor !== undefined) this.#files.closeSync(this.#descriptor);
    this.#descriptor = undefined;
    removeQuietly(this.#path, this.#files);
  }

  /** Undefined if acquired, else the lock of the owner. */
  #tryToAcquire(): FoundLock | undefined {
    try {
      if (this.#claim(this.#lockPath)) return undefined;
      const found = this.#find(this.#lockPath);
      if (found?.stale === true && this.#takeOver(this.#lockPath, found)) return undefined;
      return found ?? UNKNOWN_LOCK;
    } catch (error) {
      throw explainDenied(asBackupError(error, `lock ${this.name}`, this.#storePath), this.#storePath, this.#files);
    }
  }

  /** Links the record to this path; false if the path exists. */
  #claim(path: string): boolean {
    this.#write();
    try {
      this.#files.linkSync(this.#path, path);
      this.#touchedAtMs = this.#system.monotonicMs();
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return false;
      if (isNotFound(error)) return this.#discardRecord();
      if (NO_HARD_LINK_CODES.has(code)) return this.#createDirectly(path);
      throw error;
    }
  }

  #write(): void {
    if (this.#descriptor !== undefined) return;
    this.#descriptor = this.#files.openSync(this.#path, 'wx', PRIVATE_MODE);
    writeAll(this.#descriptor, formatLockRecord(this.#record), this.#files);
    this.#writtenAtMs = this.#system.monotonicMs();
  }

  /** The record was swept while this process waited. The next attempt writes a new one. */
  #discardRecord(): false {
    this.close();
    return false;
  }

  /** Without hard links, the file is briefly empty, which `findLock` tolerates. */
  #createDirectly(path: string): boolean {
    let descriptor: number;
    try {
      descriptor = this.#files.openSync(path, 'wx', PRIVATE_MODE);
    } catch (error) {
      if (systemErrorCode(error) === 'EEXIST') return false;
      throw error;
    }
    this.close();
    this.#descriptor = descriptor;
    writeAll(descriptor, formatLockRecord(this.#record), this.#files);
    return true;
  }

  #find(path: string): FoundLock | undefined {
    const descriptor = this.#descriptor;
    // The file system's own time: when it stored this record, and the time since then, for as long as this waits.
    const waitedMs = this.#system.monotonicMs() - this.#writtenAtMs;
    const nowMs = descriptor === undefined ? 0 : this.#files.fstatSync(descriptor).mtimeMs + waitedMs;
    const found = findLock(path, this.#record, nowMs, this.#ports);
    const isStale = found !== undefined && (ABANDONED_TOKENS.has(found.token) || found.token === this.brokenToken);
    return isStale ? { ...found, stale: true } : found;
  }

  /** Replaces a dead owner's file with this record; false if another process was faster. */
  #takeOver(path: string, dead: FoundLock, depth = 0): boolean {
    // A chain this long must be a cycle.
    if (dead.obstacle !== undefined || depth > MAX_DEAD_OWNERS) {
      return this.#clearObstacle(path, dead, depth) && this.#claim(path);
    }
    const takeoverPath = join(this.#storePath, LOCK_TAKEOVER_PREFIX + dead.token);
    if (!this.#acquireTakeoverFile(takeoverPath, depth)) return false;
    // Only this process can replace the file now, but another may have done so just before.
    const found = this.#find(path);
    if (found?.token !== dead.token || !found.stale) {
      removeQuietly(takeoverPath, this.#files);
      return false;
    }
    return this.#renameTakeoverFile(takeoverPath, path);
  }

  #acquireTakeoverFile(takeoverPath: string, depth: number): boolean {
    if (this.#claim(takeoverPath)) return true;
    if (depth > 2 * MAX_DEAD_OWNERS) return false;
    const other = this.#find(takeoverPath);
    return other?.stale === true && this.#takeOver(takeoverPath, other, depth + 1);
  }

  /**
   * Moves an obstacle aside. Needs a takeover file too, because a slower process could otherwise move the new lock of a
   * faster one. The takeover file is named after the obstacle's identity, because an attacker could create a file with
   * a predictable name. It does not become the lock, because another lock may exist by then.
   */
  #clearObstacle(path: string, obstacle: FoundLock, depth: number): boolean {
    const takeoverPath = join(this.#storePath, LOCK_TAKEOVER_PREFIX + obstacle.identity);
    if (!this.#acquireTakeoverFile(takeoverPath, depth)) return false;
    try {
      const asidePath = moveAside(path, obstacle.identity, this.#ports);
      if (asidePath === undefined) return false;
      const what = obstacle.obstacle ?? 'one of several lock files that refer to each other';
      this.#ports.onWarning?.(`${path} was not a lock but ${what}; it was moved to ${asidePath}`);
      return true;
    } finally {
      removeQuietly(takeoverPath, this.#files);
    }
  }

  #renameTakeoverFile(takeoverPath: string, path: string): boolean {
    try {
      this.#files.renameSync(takeoverPath, path);
      return true;
    } catch (error) {
      // Swept by a new owner of the lock.
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** True only if the lock was deleted. */
  #deleteLock(): boolean {
    try {
      if (readToken(this.#lockPath, this.#files) !== this.#record.token) return false;
      this.#files.unlinkSync(this.#lockPath);
      return true;
    } catch {
      return false;
    }
  }

  /** Writes to the open descriptor, which refers to the file wherever it is, even if it was replaced. */
  #markReleased(): void {
    try {
      if (this.#descriptor === undefined) return;
      writeAll(this.#descriptor, formatLockRecord({ ...this.#record, released: true }), this.#files);
    } catch {
      // This process treats it as released; others take it over after this process exits.
      ABANDONED_TOKENS.add(this.#record.token);
    }
  }

  #touch(): void {
    if (this.#descriptor === undefined || this.#system.monotonicMs() - this.#touchedAtMs < TOUCH_INTERVAL_MS) return;
    // Rewritten to get the file system's own time. The sync sends it to the server of a network disk.
    writeAll(this.#descriptor, formatLockRecord(this.#record), this.#files);
    this.#files.fsyncSync(this.#descriptor);
    this.#touchedAtMs = this.#system.monotonicMs();
    this.#writtenAtMs = this.#touchedAtMs;
  }
}

/** Locks that this process could neither delete nor mark as released, on a full, failing or read-only disk. */
const ABANDONED_TOKENS = new Set<string>();

/** The locks that this thread holds. */
export const HELD_TOKENS = new Set<string>();

/** The lock was released before it could be read. */
const UNKNOWN_LOCK: FoundLock = {
  record: undefined,
  token: '',
  identity: '',
  stale: false,
  liveness: undefined,
  obstacle: undefined,
  unchangedSince: undefined,
};

function readToken(path: string, files: FileSystem): string | undefined {
  const content = readSmallFile(path, 4096, files);
  return content === undefined ? undefined : parseLockRecord(content.toString())?.token;
}

function storeBusy(name: string, storePath: string, found: FoundLock, waitedMs: number): BackupError {
  const { record, unchangedSince } = found;
  const who =
    record === undefined
      ? 'by another process'
      : `by process ${record.pid.toString()} on ${record.host} since ${record.since}`;
  const waited = waitedMs === 0 ? '' : `; waited ${(waitedMs / 1000).toString()} s`;
  return new BackupError(`${capitalized(name)} is in use ${who}${waited}`, {
    code: 'store-busy',
    operation: `lock ${name}`,
    path: storePath,
    hint:
      unchangedSince !== undefined
        ? 'The lock’s owner cannot be checked from here. The lock is taken over once it has not changed for ten minutes.'
        : 'Try again when that process is done. The lock of a process that has ended is taken over automatically.',
  });
}

function lockLost(name: string, storePath: string): BackupError {
  return new BackupError(`Another process has taken over the lock of ${name}`, {
    code: 'store-busy',
    operation: `keep the lock of ${name}`,
    path: storePath,
    hint: `This process was suspended, or ${name} is on a network disk that was disconnected. Run the command again.`,
  });
}

function capitalized(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1);
}
