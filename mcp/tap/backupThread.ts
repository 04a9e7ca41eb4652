import { Worker } from 'node:worker_threads';
import type { Trigger } from '../../core/store/index.js';
import type {
  BackupReply,
  BackupReport,
  BackupRequest,
  BackupThreadData,
  EndedThreadsNote,
  FailureNote,
  StrictnessNote,
} from './backupMessages.js';

export interface BackupThreadOptions {
  /** The script of the thread. */
  readonly file: string;
  readonly project: string | undefined;
}

export type BackupResult = Pick<BackupReply, 'report' | 'isStrict'>;

/**
 * Runs the engine in a thread, to keep the tap responsive during a backup. The thread starts with the first backup or
 * `warm`. The next backup replaces a thread that crashed or timed out.
 */
export class BackupThread {
  private readonly options: BackupThreadOptions;
  private readonly waiting = new Map<number, (result: BackupResult) => void>();
  private worker: Worker | undefined;
  /** Those that were given up and have not ended yet. */
  private readonly ending = new Set<Worker>();
  private sequence = 0;
  /** As last reported by the thread, because a strict project must stay strict after a crash. */
  private isStrict = false;

  constructor(options: BackupThreadOptions) {
    this.options = options;
  }

  /** Whether a backup is running or waiting. */
  get isBusy(): boolean {
    return this.waiting.size > 0;
  }

  /** Starts the thread ahead of the first backup. */
  warm(): void {
    this.worker ??= this.start();
  }

  /** Never rejects: a failure is a report. */
  backUp(trigger: Trigger, timeoutMs: number): Promise<BackupResult> {
    const sequence = ++this.sequence;
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.giveUp(timeoutMs), timeoutMs);
      this.waiting.set(sequence, (result) => {
        clearTimeout(timer);
        resolve(result);
      });
      try {
        this.warm();
        const request: BackupRequest = { sequence, trigger };
        this.worker?.postMessage(request);
      } catch (error) {
        this.failAll('not-started', `the backup thread could not be started (${messageOf(error)}).`);
      }
    });
  }

  /** Records a failure that the thread could not record itself. */
  recordFailure(problem: string): void {
    const note: FailureNote = { problem };
    try {
      this.warm();
      this.worker?.postMessage(note);
    } catch {
      // Without a thread, the failure is only reported, not recorded.
    }
  }

  private start(): Worker {
    const data: BackupThreadData = { purpose: 'feature-backups-tap', project: this.options.project };
    // Captured, because console.log in the thread would otherwise write into the client's stream.
    const worker = new Worker(this.options.file, { workerData: data, stdout: true, stderr: true });
    worker.on('message', (message: BackupReply | StrictnessNote) => {
      this.isStrict = message.isStrict;
      if ('sequence' in message) this.finish(message.sequence, message);
    });
    let problem = 'the backup thread ended.';
    worker.on('error', (error) => (problem = `the backup thread crashed (${messageOf(error)}).`));
    // Not in the error handler: messages sent before the error may arrive after it.
    worker.on('exit', () => this.lose(worker, problem));
    worker.unref();
    return worker;
  }

  private finish(sequence: number, { report, isStrict }: BackupResult): void {
    const resolve = this.waiting.get(sequence);
    this.waiting.delete(sequence);
    resolve?.({ report, isStrict });
  }

  private giveUp(timeoutMs: number): void {
    const { worker } = this;
    this.worker = undefined;
    if (worker !== undefined) this.ending.add(worker);
    this.failAll('time-limit', `the backup took longer than ${timeoutMs / 1000} seconds.`);
    void worker?.terminate();
  }

  /** A thread that ended in the middle of a backup may have left the store's lock, which the next thread releases. */
  private releaseLocks(): void {
    if (this.ending.size > 0) return;
    const note: EndedThreadsNote = { haveThreadsEnded: true };
    try {
      this.warm();
      this.worker?.postMessage(note);
    } catch {
      // The lock is released when the tap ends.
    }
  }

  private lose(worker: Worker, problem: string): void {
    if (this.ending.delete(worker)) this.releaseLocks();
    if (this.worker !== worker) return;
    const wasBusy = this.isBusy;
    this.worker = undefined;
    this.failAll('thread', problem);
    // A thread that ends without work would otherwise be started again and again.
    if (wasBusy) this.releaseLocks();
  }

  private failAll(subject: string, problem: string): void {
    const report: BackupReport = { status: 'failed', subject, problem, isUnrecorded: true };
    for (const sequence of [...this.waiting.keys()]) this.finish(sequence, { report, isStrict: this.isStrict });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
