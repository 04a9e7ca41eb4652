/**
 * Tracks writes that no backup contains yet, and requests a backup some time after the last write and the last
 * response.
 */
export class PendingBackup {
  private readonly flush: () => Promise<void>;
  private readonly quietMs: number;
  private readonly unanswered = new Set<string>();
  private readonly waiters: ((isAnswered: boolean) => void)[] = [];
  private isServerSlow = false;
  private hasUnsavedWrite = false;
  private running: Promise<void> = Promise.resolve();
  private timer: NodeJS.Timeout | undefined;
  private isHandedOver = false;

  constructor(flush: () => Promise<void>, quietMs: number) {
    this.flush = flush;
    this.quietMs = quietMs;
  }

  get isDirty(): boolean {
    return !this.isHandedOver && (this.hasUnsavedWrite || this.unanswered.size > 0);
  }

  get waitsForResponses(): boolean {
    return this.unanswered.size > 0;
  }

  onWrite(idKeys: readonly string[]): void {
    if (this.unanswered.size < MAX_UNANSWERED) for (const idKey of idKeys) this.unanswered.add(idKey);
    this.restart();
  }

  onResponse(idKey: string): void {
    if (!this.unanswered.delete(idKey)) return;
    this.restart();
    if (this.unanswered.size > 0) return;
    this.isServerSlow = false;
    for (const report of this.waiters.splice(0)) report(true);
  }

  /**
   * Waits until every forwarded write is answered, which is when it is in the database. False after the limit, and then
   * at once until all are answered: a server that does not answer delays only one call.
   */
  async whenAnswered(limitMs: number): Promise<boolean> {
    if (this.unanswered.size === 0) return true;
    if (this.isServerSlow) return false;
    let timer: NodeJS.Timeout | undefined;
    const isAnswered = await new Promise<boolean>((resolve) => {
      this.waiters.push(resolve);
      timer = setTimeout(() => resolve(false), limitMs);
    });
    clearTimeout(timer);
    this.isServerSlow = !isAnswered;
    return isAnswered;
  }

  /** Another process makes the last backup, after the server has ended. */
  handOver(): void {
    this.isHandedOver = true;
    clearTimeout(this.timer);
  }

  /** Requests a backup now. Resolves when it, and any earlier one, is done. */
  backUpNow(): Promise<void> {
    clearTimeout(this.timer);
    this.hasUnsavedWrite = false;
    this.running = Promise.all([this.running, this.flush()]).then(() => undefined);
    return this.running;
  }

  /** Ends the session with a last backup if needed. */
  async finish(): Promise<void> {
    await (this.isDirty ? this.backUpNow() : this.running);
  }

  private restart(): void {
    this.hasUnsavedWrite = true;
    if (this.isHandedOver) return;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.backUpNow(), this.quietMs);
  }
}

/** Limits memory if the server never responds. */
const MAX_UNANSWERED = 10_000;
