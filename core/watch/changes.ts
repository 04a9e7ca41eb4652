import type { WatchTimes } from './watchEvent.js';

/** When a project's last change is to be backed up. All times are of a clock that nobody sets. */
export class Changes {
  #firstAtMs: number | undefined;
  #lastAtMs = 0;
  #notBeforeMs = 0;
  #failures = 0;

  constructor(private readonly times: Pick<WatchTimes, 'quietMs' | 'longestWaitMs'>) {}

  note(nowMs: number): void {
    this.#firstAtMs ??= nowMs;
    this.#lastAtMs = nowMs;
  }

  /** Undefined: nothing has changed. */
  get dueAtMs(): number | undefined {
    if (this.#firstAtMs === undefined) return undefined;
    const { quietMs, longestWaitMs } = this.times;
    return Math.max(Math.min(this.#lastAtMs + quietMs, this.#firstAtMs + longestWaitMs), this.#notBeforeMs);
  }

  /** The backup begins now: what is noted from here on is for the next one. */
  begin(): void {
    this.#firstAtMs = undefined;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#notBeforeMs = 0;
  }

  /** It is tried again, at growing intervals. */
  failed(nowMs: number): void {
    this.note(nowMs);
    this.#notBeforeMs = nowMs + Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures = Math.min(this.#failures + 1, 20);
  }
}

const FIRST_RETRY_MS = 5000;
const LONGEST_RETRY_MS = 10 * 60_000;
