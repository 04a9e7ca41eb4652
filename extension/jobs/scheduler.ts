import type * as vscode from 'vscode';
import type { EngineProcess } from '../engine/engineProcess.js';
import type { DueJobsReport } from '../engine/protocol.js';
import type { Log } from '../log.js';
import type { Projects } from '../projects/projects.js';
import { setting } from '../settings.js';

export interface SchedulerServices {
  /** Separate from the process for user commands, because a drill is slow. */
  readonly background: EngineProcess;
  readonly projects: Projects;
  readonly log: Log;
  readonly isTrusted: () => boolean;
}

/** Due times are whole minutes. */
const TICK_MS = 60_000;
/** The configuration may change, so due jobs are determined again at these intervals. */
const RECHECK_MS = 10 * 60_000;
const RETRY_MS = 5 * 60_000;

/**
 * Runs the scheduled jobs of this window's projects. A check every minute also works after the computer was asleep. The
 * engine ensures that each due time runs in one process only.
 */
export class Scheduler implements vscode.Disposable {
  private readonly timer: NodeJS.Timeout;
  private readonly subscription: vscode.Disposable;
  private nextRunAtMs = 0;
  private checkedRoots = '';
  private running: Promise<void> | undefined;

  constructor(private readonly services: SchedulerServices) {
    this.timer = setInterval(() => void this.tick(), TICK_MS);
    this.subscription = services.projects.onDidChange(() => {
      if (this.roots().join('\n') !== this.checkedRoots) void this.tick();
    });
  }

  /** Runs the due jobs now; concurrent calls share one run. */
  async runDue(): Promise<void> {
    this.nextRunAtMs = 0;
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
    if (Date.now() < this.nextRunAtMs && roots.join('\n') === this.checkedRoots) return;
    this.checkedRoots = roots.join('\n');
    try {
      const report = await background.call('runDueJobs', { roots });
      const soonMs = Date.now() + (report.isUnfinished ? RETRY_MS : RECHECK_MS);
      this.nextRunAtMs = Math.min(soonMs, report.nextDueAt?.getTime() ?? Infinity);
      await this.logAndRefresh(report);
    } catch (error) {
      this.nextRunAtMs = Date.now() + RETRY_MS;
      log.error('run scheduled jobs', error);
    }
  }

  /** Refreshes the projects, whose listeners then show and report failures. */
  private async logAndRefresh({ runs }: DueJobsReport): Promise<void> {
    const { projects, log } = this.services;
    for (const { root, job, problem } of runs) log.info(`${root}: ${job} on schedule: ${problem ?? 'succeeded'}`);
    await Promise.all([...new Set(runs.map(({ root }) => root))].map((root) => projects.refreshProject(root)));
  }

  private roots(): readonly string[] {
    return this.services.projects.states.filter(({ overview }) => overview !== undefined).map(({ root }) => root);
  }
}
