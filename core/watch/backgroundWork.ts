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
  /** Undefined while it cannot be found. */
  readonly project: Project | undefined;
}

/** Without news: so often it is seen whether a target lacks something, or can be reached again … */
const FOLLOW_UP_EVERY_MS = 15 * 60_000;
/** … and whether there is a trouble that somebody should hear of. */
const NOTIFY_EVERY_MS = 5 * 60_000;

/**
 * What goes over networks that may be slow or gone: copies to the targets, notifications. It runs beside the backups,
 * which never wait for it: one project at a time.
 */
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

  /** There is something new of this project. */
  request(root: string): void {
    this.#requested.add(root);
  }

  /** Does what is due, now or when the present run has ended. */
  start(projects: readonly BackgroundProject[]): void {
    if (this.#isStopped) return;
    this.#next = projects;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** For a single pass: to its end. */
  async finish(projects: readonly BackgroundProject[]): Promise<void> {
    this.start(projects);
    await this.#running;
  }

  /** Nothing new is begun; what runs is waited for, but not for long. It is taken up again the next time. */
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
      this.#forgetOthers(projects);
      for (const { known, project } of projects) {
        if (project !== undefined && this.#isDue(known.root)) await this.#followUp(known.root, project);
      }
      if (this.#isNotificationDue()) await this.#sendNotifications(projects);
    }
  }

  #isDue(root: string): boolean {
    if (this.#isStopped) return false;
    const atMs = this.#followedUpAtMs.get(root) ?? -Infinity;
    return this.#requested.has(root) || monotonicMs() - atMs >= FOLLOW_UP_EVERY_MS;
  }

  async #followUp(root: string, project: Project): Promise<void> {
    this.#requested.delete(root);
    this.#followedUpAtMs.set(root, monotonicMs());
    const doing = 'copy the backups elsewhere';
    try {
      const done = await runFollowUp(project, this.ports);
      for (const { name, copied } of done?.targets ?? []) {
        if (copied.length > 0) this.report({ kind: 'copied', root, target: name, count: copied.length });
      }
      const problems = done?.problems ?? [];
      if (problems.length === 0) this.failures.end(root, doing);
      else this.failures.begin(root, doing, failure(problems, doing));
    } catch (error) {
      this.failures.begin(root, doing, asBackupError(error, doing, root));
    }
  }

  #isNotificationDue(): boolean {
    if (this.#isStopped) return false;
    return this.failures.changes !== this.#reportedChanges || monotonicMs() - this.#notifiedAtMs >= NOTIFY_EVERY_MS;
  }

  async #sendNotifications(projects: readonly BackgroundProject[]): Promise<void> {
    this.#notifiedAtMs = monotonicMs();
    this.#reportedChanges = this.failures.changes;
    const doing = 'tell of troubles';
    try {
      const problems = await sendNotifications(
        projects.map(({ known }) => known),
        this.ports,
      );
      if (problems.length === 0) this.failures.end(undefined, doing);
      else this.failures.begin(undefined, doing, failure(problems, doing));
    } catch (error) {
      this.failures.begin(undefined, doing, asBackupError(error, doing, ''));
    }
  }

  #forgetOthers(projects: readonly BackgroundProject[]): void {
    const present = new Set(projects.map(({ known }) => known.root));
    for (const root of this.#followedUpAtMs.keys()) if (!present.has(root)) this.#followedUpAtMs.delete(root);
    for (const root of this.#requested) if (!present.has(root)) this.#requested.delete(root);
  }
}

function failure(problems: readonly string[], operation: string): BackupError {
  return new BackupError(problems.join('; '), { code: 'target-failed', operation });
}

/**
 * Tells those whom the user's configuration names of what is wrong with these projects, gone ones too. Returns why
 * somebody could not be told. Without anybody to tell, nothing is looked at.
 */
async function sendNotifications(projects: readonly KnownProject[], ports: Ports): Promise<readonly string[]> {
  const { notifications } = await readUserConfiguration(ports);
  const { email, webhooks, ping } = notifications;
  if (email === undefined && webhooks.length === 0 && ping === undefined) return [];
  const projectHealths: KnownHealth[] = [];
  for (const known of projects) projectHealths.push(await assessKnown(known, ports));
  return (await notifyProblems(projectHealths, notifications, ports)).problems;
}
