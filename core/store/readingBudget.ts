import { getHeapStatistics } from 'node:v8';
import { BackupError, realSystem, type System } from '../system/index.js';

export interface ReadingLimits {
  readonly maxBytes?: number;
  readonly timeMs?: number;
}

/**
 * Limits the memory and time for reading a store. A store can come with a clone: without a limit, a few files could
 * stop every command and the watcher.
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
    { maxBytes, timeMs = MAX_LISTING_MS }: ReadingLimits = {},
    clock: Pick<System, 'monotonicMs'> = realSystem,
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#timeMs = timeMs;
    this.#clock = clock;
    this.#startedMs = clock.monotonicMs();
  }

  /** Counts `bytes`. Throws `too-large` or `time-limit` once the budget is exceeded. */
  spend(bytes: number): void {
    this.#spentBytes += bytes;
    // Compared with a constant first: asking V8 for its limit takes longer than reading an ordinary store.
    if (this.#spentBytes > UNCHECKED_BYTES && this.#spentBytes > (this.#maxBytes ?? maxListingBytes())) {
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
      hint: 'Nothing is pruned until the whole store can be read. Move away files that do not belong to backups.',
    });
  }
}

/** Whether a listing is incomplete because its budget was exceeded. */
export function isBudgetExceeded({ code }: BackupError): boolean {
  return code === 'too-large' || code === 'time-limit';
}

/** The memory for each listed backup besides its text. */
export const LISTED_BACKUP_BYTES = 1024;

/** Listing 10,000 backups takes seconds. */
const MAX_LISTING_MS = 60_000;
const UNCHECKED_BYTES = 16 * 1024 * 1024;
/** Enough for 10,000 backups with 20 kB of metadata each. */
const MAX_LISTING_BYTES = 256 * 1024 * 1024;
/** Parsed metadata takes up to three times as much memory as its text. */
const HEAP_DIVISOR = 6;

function maxListingBytes(): number {
  const { heap_size_limit: heapBytes } = getHeapStatistics();
  return Math.min(MAX_LISTING_BYTES, Math.floor(heapBytes / HEAP_DIVISOR));
}
