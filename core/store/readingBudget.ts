import { getHeapStatistics } from 'node:v8';
import { BackupError, realSystem, type System } from '../system/index.js';

export interface ReadingLimits {
  readonly maxBytes?: number;
  readonly timeMs?: number;
}

/**
 * Bounds what one reading of a store may cost. A store may have come with a clone: without a bound, a few files could
 * use up the memory or the time of every command, and of the watcher with all its other projects.
 */
export class ReadingBudget {
  readonly #path: string;
  readonly #maxBytes: number | undefined;
  readonly #timeMs: number;
  readonly #clock: Pick<System, 'monotonicMs'>;
  readonly #startedMs: number;
  #spentBytes = 0;

  constructor(
    path: string,
    { maxBytes, timeMs = LISTING_MS }: ReadingLimits = {},
    clock: Pick<System, 'monotonicMs'> = realSystem,
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#timeMs = timeMs;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Counts `bytes`. Throws `too-large` or `time-limit` once more has been spent than the budget has. */
  spend(bytes: number): void {
    this.#spentBytes += bytes;
    // Asking V8 for its limit costs a short run more than reading an ordinary store.
    if (this.#spentBytes > FREE_BYTES && this.#spentBytes > (this.#maxBytes ?? maxListingBytes())) {
      throw this.#exceeded('too-large', 'it contains more than fits into memory');
    }
    if (this.#clock.monotonicMs() - this.#startedMs > this.#timeMs) {
      throw this.#exceeded('time-limit', `reading it took longer than ${(this.#timeMs / 1000).toString()} seconds`);
    }
  }

  #exceeded(code: 'too-large' | 'time-limit', why: string): BackupError {
    return new BackupError(`Could not read all of ${this.#path}: ${why}`, {
      code,
      operation: 'read the backups',
      path: this.#path,
      hint: 'Nothing is pruned on partial knowledge. Look for files there that no backup needs, and move them away.',
    });
  }
}

/** Whether a listing ended because its budget was used up: it is incomplete then. */
export function isBudgetExceeded({ code }: BackupError): boolean {
  return code === 'too-large' || code === 'time-limit';
}

/** What each listed backup costs besides its text. */
export const LISTED_BACKUP_BYTES = 1024;

/** A minute: listing 10,000 backups takes seconds. */
const LISTING_MS = 60_000;
const FREE_BYTES = 16 * 1024 * 1024;
/** 10,000 backups with 20 kB of metadata each stay below it. */
const MAX_LISTING_BYTES = 256 * 1024 * 1024;
/** Parsed metadata take up to three times as much memory as their text. */
const HEAP_SHARE = 6;

function maxListingBytes(): number {
  const { heap_size_limit: heapBytes } = getHeapStatistics();
  return Math.min(MAX_LISTING_BYTES, Math.floor(heapBytes / HEAP_SHARE));
}
