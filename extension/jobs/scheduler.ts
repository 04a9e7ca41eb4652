import type * as vscode from 'vscode';
import type { EngineProcess } from '../engine/engineProcess.js';
import type { DueJobsReport } from '../engine/protocol.js';
import type { Log } from '../log.js';
import type { Projects } from '../projects/projects.js';
import { setting } from '../settings.js';

export interface SchedulerServices {
  /** Not the one that answers the user: a drill takes its time. */
  readonly background: EngineProcess;
  readonly projects: Projects;
  readonly log: Log;
  readonly isTrusted: () => boolean;
}

/** Due times are whole minutes. */
const TICK_MS = 60_000;
/** A configuration may have changed: so often it is asked anew what is due, and after what could not be done. */
const ASK_AGAIN_MS = 10 * 60_000;
const RETRY_MS = 5 * 60_000;

/**
 * Runs the scheduled jobs of this window's projects. Nothing runs while nothing is due: the clock is looked at every
 * minute, which also serves after the computer has slept. Who else runs jobs of the same project is the engine's business.
 */
export class Scheduler implements vscode.Disposable {
  private readonly timer: NodeJS.Timeout;
  private readonly subscription: vscode.Disposable;
  private askAt = 0;
  private asked = '';
  private running: Promise<void> | undefined;

  constructor(private readonly services: SchedulerServices) {
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.subscription = services.projects.onDidChange(() => {
      if (this.roots().join('\n') !== this.asked) void this.tick();
    });
  }

  /** Runs what is due now, whatever the clock said before; calls made meanwhile share it. */
  async runDue(): Promise<void> {
    this.askAt = 0;
    await this.tick();
  }

  dispose(): void {
    clearInterval(this.timer);
    this.subscription.dispose();
  }

  private async tick(): Promise<void> {
    this.running ??= this.runIfDue().finally(() => (this.running = undefined));
    await this.running;
  }

  private async runIfDue(): Promise<void> {
    const { background, log, isTrusted } = this.services;
    const roots = this.roots();
    if (roots.length === 0 || !setting('runSchedules') || !isTrusted()) return;
    if (Date.now() < this.askAt && roots.join('\n') === this.asked) return;
    this.asked = roots.join('\n');
    try {
      const report = await background.call('runDueJobs', { roots });
      const soonMs = Date.now() + (report.isUnfinished ? RETRY_MS : ASK_AGAIN_MS);
      this.askAt = Math.min(soonMs, report.nextDueAt?.getTime() ?? Infinity);
      await this.follow(report);
    } catch (error) {
      this.askAt = Date.now() + RETRY_MS;
      log.error('run scheduled jobs', error);
    }
  }

  /** Whoever looks at the project sees how it went, and tells of it where it failed. */
  private async follow({ runs }: DueJobsReport): Promise<void> {
    const { projects, log } = this.services;
    for (const { root, job, problem } of runs) log.info(`${root}: ${job} on schedule: ${problem ?? 'went well'}`);
    await Promise.all([...new Set(runs.map(({ root }) => root))].map((root) => projects.lookAt(root)));
  }

  private roots(): readonly string[] {
    return this.services.projects.states.filter(({ overview }) => overview !== undefined).map(({ root }) => root);
  }
}
