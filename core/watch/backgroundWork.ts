import { assessKnown, type KnownHealth } from '../health/index.js';
import { notifyProblems } from '../notify/index.js';
import { readUserConfiguration, type Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import { monotonicMs, asBackupError, BackupError, type Ports } from '../system/index.js';
import { runFollowUp } from '../followUp/index.js';
import type { OperationFailures } from './operationFailures.js';
import type { WatchEvent } from './watchEvent.js';

export interface BackgroundProject {
  readonly known: KnownProject;
  /** Undefined while it cannot be opened. */
  readonly project: Project | undefined;
}

/** How often targets are checked without a new backup. */
const FOLLOW_UP_INTERVAL_MS = 15 * 60_000;
const NOTIFY_INTERVAL_MS = 5 * 60_000;

/** Syncs and notifications, one project at a time. Backups never wait for them, because networks can be slow. */
export class BackgroundWork {
  readonly #requested = new Set<string>();
  readonly #followedUpAtMs = new Map<string, number>();
  #notifiedAtMs = -Infinity;
  #reportedChanges = -1;
  #running: Promise<void> | undefined;
  #next: readonly BackgroundProject[] | undefined;
  #isStopped = false;

  constructor(
    private readonly failures: OperationFailures,
    private readonly report: (event: WatchEvent) => void,
    private readonly ports: Ports,
  ) {}

  /** Requests a follow-up for this project, even if none is due. */
  request(root: string): void {
    this.#requested.add(root);
  }

  /** Runs the work that is due, now or after the current run. */
  start(projects: readonly BackgroundProject[]): void {
    if (this.#isStopped) return;
    this.#next = projects;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Runs the work that is due and waits for its end. */
  async finish(projects: readonly BackgroundProject[]): Promise<void> {
    this.start(projects);
    await this.#running;
  }

  /** Starts nothing new, and waits a limited time for the current run. The next watcher does the rest. */
  async stop(withinMs: number): Promise<void> {
    this.#isStopped = true;
    if (this.#running === undefined) return;
    let timer: NodeJS.Timeout | undefined;
    const timeout = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, withinMs);
    });
    await Promise.race([this.#running, timeout]);
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    while (this.#next !== undefined) {
      const projects = this.#next;
      this.#next = undefined;
      this.#forgetUnlistedProjects(projects);
      for (const { known, project } of projects) {
        if (project !== undefined && this.#isDue(known.root)) await this.#followUp(known.root, project);
      }
      if (this.#isNotificationDue()) await this.#sendNotifications(projects);
    }
  }

  #isDue(root: string): boolean {
    if (this.#isStopped) return false;
    const atMs = this.#followedUpAtMs.get(root) ?? -Infinity;
    return this.#requested.has(root) || monotonicMs() - atMs >= FOLLOW_UP_INTERVAL_MS;
  }

  async #followUp(root: string, project: Project): Promise<void> {
    this.#requested.delete(root);
    this.#followedUpAtMs.set(root, monotonicMs());
    const operation = 'sync backups to their targets';
    try {
      const result = await runFollowUp(project, this.ports);
      for (const { name, copied } of result?.targets ?? []) {
        if (copied.length > 0) this.report({ kind: 'copied', root, target: name, count: copied.length });
      }
      const problems = result?.problems ?? [];
      if (problems.length === 0) this.failures.end(root, operation);
      else this.failures.begin(root, operation, failure(problems, operation));
    } catch (error) {
      this.failures.begin(root, operation, asBackupError(error, operation, root));
    }
  }

  #isNotificationDue(): boolean {
    if (this.#isStopped) return false;
    return this.failures.changes !== this.#reportedChanges || monotonicMs() - this.#notifiedAtMs >= NOTIFY_INTERVAL_MS;
  }

  async #sendNotifications(projects: readonly BackgroundProject[]): Promise<void> {
    this.#notifiedAtMs = monotonicMs();
    this.#reportedChanges = this.failures.changes;
    const operation = 'send notifications';
    try {
      const problems = await sendNotifications(
        projects.map(({ known }) => known),
        this.ports,
      );
      if (problems.length === 0) this.failures.end(undefined, operation);
      else this.failures.begin(undefined, operation, failure(problems, operation));
    } catch (error) {
      this.failures.begin(undefined, operation, asBackupError(error, operation, ''));
    }
  }

  #forgetUnlistedProjects(projects: readonly BackgroundProject[]): void {
    const present = new Set(projects.map(({ known }) => known.root));
    for (const root of this.#followedUpAtMs.keys()) if (!present.has(root)) this.#followedUpAtMs.delete(root);
    for (const root of this.#requested) if (!present.has(root)) this.#requested.delete(root);
  }
}

function failure(problems: readonly string[], operation: string): BackupError {
  return new BackupError(problems.join('; '), { code: 'target-failed', operation });
}

/** Reports the problems of these projects, including missing ones. Checks nothing if no channel is configured. */
async function sendNotifications(projects: readonly KnownProject[], ports: Ports): Promise<readonly string[]> {
  const { notifications } = await readUserConfiguration(ports);
  const { email, webhooks, ping } = notifications;
  if (email === undefined && webhooks.length === 0 && ping === undefined) return [];
  const projectHealths: KnownHealth[] = [];
  for (const known of projects) projectHealths.push(await assessKnown(known, ports));
  return (await notifyProblems(projectHealths, notifications, ports)).problems;
}
