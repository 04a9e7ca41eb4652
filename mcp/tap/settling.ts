/**
 * Knows whether the database may hold something that no backup has yet, and asks for one when writing has been quiet for a
 * while: after the last write was handed over, and after the last answer to one.
 */
export class Settling {
  private readonly settle: () => Promise<void>;
  private readonly quietMs: number;
  private readonly unanswered = new Set<string>();
  private hasUnsettled = false;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;

  constructor(settle: () => Promise<void>, quietMs: number) {
    this.settle = settle;
    this.quietMs = quietMs;
  }

  get isDirty(): boolean {
    return this.hasUnsettled || this.unanswered.size > 0;
  }

  get waitsForAnswers(): boolean {
    return this.unanswered.size > 0;
  }

  onWrite(idKeys: readonly string[]): void {
    if (this.unanswered.size < MOST_UNANSWERED) for (const idKey of idKeys) this.unanswered.add(idKey);
    this.restart();
  }

  onAnswer(idKey: string): void {
    if (this.unanswered.delete(idKey)) this.restart();
  }

  /** The database as it is now; returns when that, and whatever backup of this kind was under way, is done. */
  settleNow(): Promise<void> {
    clearTimeout(this.timer);
    this.hasUnsettled = false;
    this.running = Promise.all([this.running, this.settle()]).then(() => undefined);
    return this.running;
  }

  /** The session is over: nothing is written any more. */
  async finish(): Promise<void> {
    await (this.isDirty ? this.settleNow() : this.running);
  }

  private restart(): void {
    this.hasUnsettled = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.settleNow(), this.quietMs);
  }
}

/** Of a client that never reads an answer's worth of its calls, no more are remembered. */
const MOST_UNANSWERED = 10_000;
