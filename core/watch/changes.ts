import type { WatchTimes } from './watchEvent.js';

/** Decides when a project's changes are backed up. All times are monotonic. */
export class Changes {
  #firstAtMs: number | undefined;
  #lastAtMs = 0;
  #notBeforeMs = 0;
  #failures = 0;

  constructor(private readonly times: Pick<WatchTimes, 'quietMs' | 'maxWaitMs'>) {}

  recordChange(nowMs: number): void {
    this.#firstAtMs ??= nowMs;
    this.#lastAtMs = nowMs;
  }

  /** Undefined without changes. */
  get dueAtMs(): number | undefined {
    if (this.#firstAtMs === undefined) return undefined;
    const { quietMs, maxWaitMs } = this.times;
    return Math.max(Math.min(this.#lastAtMs + quietMs, this.#firstAtMs + maxWaitMs), this.#notBeforeMs);
  }

  /** Called when a backup begins. Later changes count for the next one. */
  beginBackup(): void {
    this.#firstAtMs = undefined;
  }

  recordSuccess(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  /** Schedules a retry, at increasing intervals. */
  recordFailure(nowMs: number): void {
    this.recordChange(nowMs);
    this.#notBeforeMs = nowMs + Math.min(MAX_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 20);
  }
}

const FIRST_RETRY_MS = 5000;
const MAX_RETRY_MS = 10 * 60_000;
