import { runFollowUp } from '../followUp/index.js';
import { monotonicMs, asBackupError, BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import { sendNotifications } from './sendNotifications.js';
import type { OperationFailures } from './operationFailures.js';
import type { WatchEvent } from './types.js';

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
  readonly #wanted = new Set<string>();
  readonly #followedAtMs = new Map<string, number>();
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
    this.#wanted.add(root);
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
      if (this.#isTellingDue()) await this.#tellTroubles(projects);
    }
  }

  #isDue(root: string): boolean {
    if (this.#isStopped) return false;
    const atMs = this.#followedAtMs.get(root) ?? -Infinity;
    return this.#wanted.has(root) || monotonicMs() - atMs >= FOLLOW_UP_EVERY_MS;
  }

  async #followUp(root: string, project: Project): Promise<void> {
    this.#wanted.delete(root);
    this.#followedAtMs.set(root, monotonicMs());
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

  #isTellingDue(): boolean {
    if (this.#isStopped) return false;
    return this.failures.changes !== this.#reportedChanges || monotonicMs() - this.#notifiedAtMs >= NOTIFY_EVERY_MS;
  }

  async #tellTroubles(projects: readonly BackgroundProject[]): Promise<void> {
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
    for (const root of this.#followedAtMs.keys()) if (!present.has(root)) this.#followedAtMs.delete(root);
    for (const root of this.#wanted) if (!present.has(root)) this.#wanted.delete(root);
  }
}

function failure(problems: readonly string[], operation: string): BackupError {
  return new BackupError(problems.join('; '), { code: 'target-failed', operation });
}
