export interface QuietLimits {
  /** The time without an event after which a burst has ended. */
  readonly quietMs: number;
  /** The maximum length of a burst. */
  readonly maximumMs: number;
}

/** Calls `due` once per burst of events: after the burst ends, or when it has lasted too long. */
export class QuietTimer {
  private timer: NodeJS.Timeout | undefined;
  private firstAtMs: number | undefined;

  constructor(
    private readonly limits: () => QuietLimits,
    private readonly due: () => void,
  ) {}

  onEvent(): void {
    const nowMs = performance.now();
    this.firstAtMs ??= nowMs;
    const { quietMs, maximumMs } = this.limits();
    const leftMs = Math.max(0, this.firstAtMs + maximumMs - nowMs);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.fire(), Math.min(quietMs, leftMs));
  }

  dispose(): void {
    clearTimeout(this.timer);
  }

  private fire(): void {
    this.firstAtMs = undefined;
    this.due();
  }
}
