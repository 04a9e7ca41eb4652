import { join } from 'node:path';
import { asBackupError, BackupError, isNotFound, systemErrorCode } from '../errors.js';
import { systemOf, type FileSystem, type Ports, type System } from '../ports.js';
import { NO_LINKS, PRIVATE_MODE, removeQuietly, writeAll } from '../files/atomicWrite.js';
import { moveAside } from '../files/moveAside.js';
import { ownIdentity } from '../processes/processIdentity.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { uniqueToken } from '../processes/uniqueToken.js';
import { findLock, formatLockRecord, parseLockRecord, type FoundLock, type LockRecord } from './lockRecord.js';
import { forgetSighting } from './lockMemory.js';

/** A held lock. */
export interface StoreLock {
  /** Throws `store-busy` where the lock was lost; call it before anything is published. Also tells others: still here. */
  assertHeld(): void;
}

export interface StoreLockOptions {
  /** Give up after this long; 15,000 by default. */
  readonly timeoutMs?: number | undefined;
}

/**
 * Runs `work` while no other process does so on this store. A lock whose owner is dead is taken over at once; a live
 * owner is waited for, then `store-busy` names it. The store's folder must exist.
 *
 * The lock is a file that only one process can create. Taking over a dead owner's lock must not race with another who
 * does the same: the right to replace the lock that bears token T is itself a file that only one process can create,
 * named after T. Tokens never come again, so a taker who comes late finds that the lock bears another token, and leaves
 * it alone. A taker that died in the middle leaves such a right behind: that is taken over in the same way. Anything else
 * in the lock's place, or in that of a right, is moved aside with a warning.
 */
export async function withStoreLock<T>(
  storePath: string,
  ports: Ports,
  work: (lock: StoreLock) => T | Promise<T>,
  options: StoreLockOptions = {},
): Promise<T> {
  const candidate = new Candidate(storePath, ports);
  try {
    await candidate.wait(options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    try {
      return await work(candidate);
    } catch (error) {
      throw systemErrorCode(error) === undefined ? error : asBackupError(error, 'work on the store', storePath);
    } finally {
      candidate.release();
    }
  } finally {
    candidate.close();
  }
}

/**
 * Takes the lock that bears this token from its owner, dead or alive, and frees it; what is no lock is moved aside. Goes
 * by the right to take it over, so that it never meets a newer lock. False where the lock is still there, as another
 * process is taking it over just now. An owner that is alive fails before it publishes anything.
 */
export function breakLock(storePath: string, token: string, ports: Ports): boolean {
  const candidate = new Candidate(storePath, ports, token);
  try {
    return candidate.breakLock();
  } catch (error) {
    throw asBackupError(error, 'remove the lock', join(storePath, LOCK_NAME));
  } finally {
    candidate.close();
  }
}

export const LOCK_NAME = '.lock';
/** The start of the names of a lock's own temporary files; what follows is a token. */
export const LOCK_CANDIDATE_PREFIX = '.lock-new-';
export const LOCK_TAKEOVER_PREFIX = '.lock-over-';

const DEFAULT_TIMEOUT_MS = 15_000;
const LONGEST_PAUSE_MS = 40;
const TOUCH_EVERY_MS = 30_000;
const MAX_DEAD_OWNERS = 32;

/** One attempt to hold the lock: a written record that waits for a name. */
class Candidate implements StoreLock {
  readonly #ports: Ports;
  readonly #files: FileSystem;
  readonly #system: System;
  readonly #storePath: string;
  readonly #lockPath: string;
  readonly #path: string;
  readonly #record: LockRecord;
  #descriptor: number | undefined;
  #touchedAtMs = 0;

  /** `brokenToken`: what bears it counts as stale. */
  constructor(
    storePath: string,
    ports: Ports,
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

  async wait(timeoutMs: number): Promise<void> {
    const deadlineMs = this.#system.monotonicMs() + timeoutMs;
    for (let attempt = 0; ; attempt += 1) {
      const owner = this.#attempt();
      if (owner === undefined) {
        removeQuietly(this.#path, this.#files);
        forgetSighting(this.#lockPath, this.#ports);
        return;
      }
      if (this.#system.monotonicMs() >= deadlineMs) throw storeBusy(this.#storePath, owner, timeoutMs);
      await this.#system.pause(this.#system.random() * Math.min(LONGEST_PAUSE_MS, 2 ** Math.min(attempt, 10)));
    }
  }

  assertHeld(): void {
    try {
      if (readToken(this.#lockPath, this.#files) !== this.#record.token) throw lockLost(this.#storePath);
      this.#touch();
    } catch (error) {
      throw asBackupError(error, 'hold the lock of the store', this.#storePath);
    }
  }

  release(): void {
    // The work is done all the same. But this process may live for days, and must not block the others so long. The file
    // may not be where it was: somebody renamed the project's folder, perhaps only for an instant.
    if (!this.#deleteLock()) this.#markReleased();
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

  /** Undefined when the lock is ours, else who has it. */
  #attempt(): FoundLock | undefined {
    try {
      if (this.#takeName(this.#lockPath)) return undefined;
      const found = this.#find(this.#lockPath);
      if (found?.stale === true && this.#takeOver(this.#lockPath, found)) return undefined;
      return found ?? NOBODY;
    } catch (error) {
      throw asBackupError(error, 'lock the store', this.#storePath);
    }
  }

  /** Puts the record under a name that nobody has; false where somebody has it. */
  #takeName(path: string): boolean {
    this.#write();
    try {
      this.#files.linkSync(this.#path, path);
      this.#touchedAtMs = this.#system.monotonicMs();
      return true;
    } catch (error) {
      const code = systemErrorCode(error);
      if (code === 'EEXIST') return false;
      if (isNotFound(error)) return this.#writeAgain();
      if (NO_LINKS.has(code)) return this.#createDirectly(path);
      throw error;
    }
  }

  #write(): void {
    if (this.#descriptor !== undefined) return;
    this.#descriptor = this.#files.openSync(this.#path, 'wx', PRIVATE_MODE);
    writeAll(this.#descriptor, formatLockRecord(this.#record), this.#files);
  }

  /** Somebody has swept the waiting record away; the next attempt writes a new one. */
  #writeAgain(): false {
    this.close();
    return false;
  }

  /** Without hard links the name shows for an instant before its content: `findLock` gives such a file time. */
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
    const nowMs = descriptor === undefined ? 0 : this.#files.fstatSync(descriptor).mtimeMs;
    const found = findLock(path, this.#record, nowMs, this.#ports);
    const isStale = found !== undefined && (ABANDONED.has(found.token) || found.token === this.brokenToken);
    return isStale ? { ...found, stale: true } : found;
  }

  /** Replaces a dead owner's file by our record; false where another was faster. */
  #takeOver(path: string, dead: FoundLock, depth = 0): boolean {
    // As many takers would have to have died one upon the other; files that lead to each other are not ours.
    if (dead.obstacle !== undefined || depth > MAX_DEAD_OWNERS) {
      return this.#clear(path, dead, depth) && this.#takeName(path);
    }
    const rightPath = join(this.#storePath, LOCK_TAKEOVER_PREFIX + dead.token);
    if (!this.#takeRight(rightPath, depth)) return false;
    // Only now is it certain that nobody else replaces this file; it may have been replaced before.
    const found = this.#find(path);
    if (found?.token !== dead.token || !found.stale) {
      removeQuietly(rightPath, this.#files);
      return false;
    }
    return this.#move(rightPath, path);
  }

  #takeRight(rightPath: string, depth: number): boolean {
    if (this.#takeName(rightPath)) return true;
    if (depth > 2 * MAX_DEAD_OWNERS) return false;
    const taker = this.#find(rightPath);
    return taker?.stale === true && this.#takeOver(rightPath, taker, depth + 1);
  }

  /**
   * Moves aside what is no lock, and frees its name. Of two that do so, the slower one could take a new lock of the
   * faster one along; so this needs a right too. The right is named after the thing itself, for a name known beforehand
   * could have been planted as well. It is never renamed to the freed name, which may belong to another's lock by then.
   */
  #clear(path: string, obstacle: FoundLock, depth: number): boolean {
    const rightPath = join(this.#storePath, LOCK_TAKEOVER_PREFIX + obstacle.identity);
    if (!this.#takeRight(rightPath, depth)) return false;
    try {
      const aside = moveAside(path, obstacle.identity, this.#ports);
      if (aside === undefined) return false;
      const what = obstacle.obstacle ?? 'one of several lock files that refer to each other';
      this.#ports.onWarning?.(`${path} was not a lock but ${what}; it was moved to ${aside}`);
      return true;
    } finally {
      removeQuietly(rightPath, this.#files);
    }
  }

  #move(rightPath: string, path: string): boolean {
    try {
      this.#files.renameSync(rightPath, path);
      return true;
    } catch (error) {
      // Swept by a new owner of the lock: then there is nothing left to take over.
      if (isNotFound(error)) return false;
      throw error;
    }
  }

  /** False where it cannot be proved that our lock is gone. */
  #deleteLock(): boolean {
    try {
      if (readToken(this.#lockPath, this.#files) !== this.#record.token) return false;
      this.#files.unlinkSync(this.#lockPath);
      return true;
    } catch {
      return false;
    }
  }

  /** Through the open descriptor, which leads to the file wherever it is now; if it was replaced, to nobody's file. */
  #markReleased(): void {
    try {
      if (this.#descriptor === undefined) return;
      writeAll(this.#descriptor, formatLockRecord({ ...this.#record, released: true }), this.#files);
    } catch {
      // Then at least this process knows; the others take it over when it has ended.
      ABANDONED.add(this.#record.token);
    }
  }

  #touch(): void {
    if (this.#descriptor === undefined || this.#system.monotonicMs() - this.#touchedAtMs < TOUCH_EVERY_MS) return;
    // Written again rather than given a time, so that it gets the file system's own time. The sync carries it to a server.
    writeAll(this.#descriptor, formatLockRecord(this.#record), this.#files);
    this.#files.fsyncSync(this.#descriptor);
    this.#touchedAtMs = this.#system.monotonicMs();
  }
}

/** Locks of this process that it could neither delete nor mark as released: on a full, failing or read-only disk. */
const ABANDONED = new Set<string>();

/** The lock was free again before it could be looked at. */
const NOBODY: FoundLock = {
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

function storeBusy(storePath: string, { record, liveness, unchangedSince }: FoundLock, waitedMs: number): BackupError {
  const who =
    record === undefined
      ? 'by another process'
      : `by process ${record.pid.toString()} on ${record.host} since ${record.since}`;
  const isUnknown = liveness === 'unknown' || unchangedSince !== undefined;
  return new BackupError(`The backup store is in use ${who}; waited ${(waitedMs / 1000).toString()} s`, {
    code: 'store-busy',
    operation: 'lock the store',
    path: storePath,
    hint: isUnknown
      ? 'The lock’s owner cannot be checked from here. The lock is taken over once it has not changed for ten minutes.'
      : 'Try again when that process is done. The lock of a process that has ended is taken over automatically.',
  });
}

function lockLost(storePath: string): BackupError {
  return new BackupError('Another process has taken over the lock of the backup store', {
    code: 'store-busy',
    operation: 'hold the lock of the store',
    path: storePath,
    hint: 'This process was suspended, or the store is on a network disk that was away. Run it again.',
  });
}
