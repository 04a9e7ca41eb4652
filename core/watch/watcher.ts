import { readCatalog, readJobs, type Backup } from '../store/index.js';
import { createBackup } from '../backup/index.js';
import { isBackedUp } from '../live/index.js';
import { asBackupError, monotonicMs, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { KnownProject, ListedProjects } from '../projects/index.js';
import { nextDue, runDueJobs } from '../schedule/index.js';
import { userConfigurationSignature } from './fileSignature.js';
import type { WatcherReport } from './onlyWatcher.js';
import { BackgroundWork, type BackgroundProject } from './backgroundWork.js';
import { OperationFailures } from './operationFailures.js';
import type { WatchEvent, WatchTimes } from './watchEvent.js';
import { WatchedProject } from './watchedProject.js';

export interface WatcherOptions {
  /** Called regularly, because projects come and go. */
  readonly listProjects: () => Promise<ListedProjects>;
  readonly times: WatchTimes;
  readonly report: (event: WatchEvent) => void;
  /** Called after every pass. If it throws, the watcher ends. */
  readonly heartbeat: (report: Omit<WatcherReport, 'version'>) => void;
}

/** A longer jump between two ticks means that the computer slept or the clock was set. */
const CLOCK_JUMP_MS = 5000;
/** Timers stop while the computer sleeps, so a sleep is detected within this time after waking. */
const TICK_MS = 15_000;
/** Final work must not delay the computer's shutdown. */
const SHUTDOWN_MS = 10_000;

/**
 * Watches any number of projects in one process: backs up changes, runs scheduled jobs and starts background work. A
 * failure in one project is reported and does not affect the others. Regular passes find changes without file events.
 */
export class Watcher {
  readonly #projects = new Map<string, WatchedProject>();
  readonly #failures: OperationFailures;
  readonly #background: BackgroundWork;
  #clockOffsetMs: number;
  #userConfiguration = '';
  #hasListed = false;
  #nextListAtMs = 0;
  #nextPassAtMs = 0;
  #isBackgroundDue = false;
  #wake: () => void = () => undefined;

  constructor(
    private readonly options: WatcherOptions,
    private readonly ports: Ports,
  ) {
    this.#failures = new OperationFailures(options.report);
    this.#background = new BackgroundWork(this.#failures, options.report, ports);
    this.#clockOffsetMs = this.#readClockOffset();
  }

  /** Runs until the signal. Then backs up pending changes and waits a limited time for background work. */
  async run(signal: AbortSignal): Promise<void> {
    const stop = (): void => this.#wake();
    signal.addEventListener('abort', stop);
    try {
      while (!signal.aborted) {
        this.#detectClockJump();
        if (this.#isListDue()) await this.#refreshList();
        if (monotonicMs() >= this.#nextPassAtMs) await this.#pass(signal);
        await this.#backUpDue(signal);
        this.#startBackgroundWork();
        await this.#sleep(signal);
      }
      this.options.report({ kind: 'stopping' });
      await this.#shutDown();
    } finally {
      signal.removeEventListener('abort', stop);
      for (const watched of this.#projects.values()) watched.close();
    }
  }

  /** Runs one pass and backs up changes at once. */
  async runOnce(signal: AbortSignal): Promise<void> {
    try {
      await this.#refreshList();
      await this.#pass(signal);
      for (const watched of this.#projects.values()) if (!signal.aborted) await this.#backUp(watched);
      await this.#background.finish(this.#backgroundProjects());
    } finally {
      for (const watched of this.#projects.values()) watched.close();
    }
  }

  #isListDue(): boolean {
    const configuration = userConfigurationSignature(this.ports);
    const hasChanged = configuration !== this.#userConfiguration;
    this.#userConfiguration = configuration;
    return hasChanged || monotonicMs() >= this.#nextListAtMs;
  }

  async #refreshList(): Promise<void> {
    this.#nextListAtMs = monotonicMs() + this.options.times.listMs;
    let listed: ReadonlyMap<string, KnownProject>;
    let isComplete: boolean;
    try {
      const list = await this.options.listProjects();
      listed = new Map(list.projects.map((known) => [known.root, known]));
      isComplete = list.isComplete;
      this.#failures.end(undefined, 'list the projects');
    } catch (error) {
      // Known projects stay watched.
      this.#failures.begin(undefined, 'list the projects', asBackupError(error, 'list the projects', ''));
      return;
    }
    const isFirst = !this.#hasListed;
    this.#hasListed = true;
    for (const [root, watched] of this.#projects) {
      const known = listed.get(root);
      if (known !== undefined) {
        watched.known = known;
        continue;
      }
      // The project may be in a list that could not be read.
      if (!isComplete) continue;
      watched.close();
      this.#projects.delete(root);
      this.#failures.forget(root);
      this.options.report({ kind: 'project-removed', root });
    }
    for (const [root, known] of listed) {
      if (this.#projects.has(root)) continue;
      const watched = new WatchedProject(known, this.options.times, () => this.#wake(), this.ports);
      this.#projects.set(root, watched);
      if (!isFirst) this.options.report({ kind: 'project-added', root });
      // The new project is checked now.
      this.#nextPassAtMs = 0;
    }
    if (isFirst) this.options.report({ kind: 'watching', projects: [...listed.keys()] });
  }

  async #pass(signal: AbortSignal): Promise<void> {
    this.#nextPassAtMs = monotonicMs() + this.options.times.passMs;
    for (const watched of [...this.#projects.values()]) {
      if (signal.aborted) return;
      await this.#checkProject(watched);
      await this.#runDueJobs(watched);
      // A backup must not wait for the jobs of other projects.
      await this.#backUpDue(signal);
    }
    this.#isBackgroundDue = true;
    this.options.heartbeat({
      lastPassAt: this.ports.now().toISOString(),
      projects: this.#projects.size,
      openProblemCount: this.#failures.count,
    });
  }

  async #checkProject(watched: WatchedProject): Promise<void> {
    const problem = await watched.check();
    if (problem === undefined) this.#failures.end(watched.root, 'find the project');
    else this.#failures.begin(watched.root, 'find the project', problem);
  }

  async #runDueJobs({ root, project }: WatchedProject): Promise<void> {
    if (project === undefined) return;
    try {
      for (const run of await runDueJobs(project, this.ports)) {
        const operation = `run the job ${run.job}`;
        if (run.error === undefined) this.#failures.end(root, operation);
        // A job whose run cannot be recorded stays due, and fails again at every pass.
        else if (!this.#failures.begin(root, operation, run.error)) continue;
        if (run.dueAt === undefined) continue;
        this.options.report({ kind: 'job', root, run });
        this.#background.request(root);
      }
      const due = nextDue(project, this.ports);
      if (due === undefined) return;
      const inMs = Math.max(0, due.getTime() - this.ports.now().getTime());
      this.#nextPassAtMs = Math.min(this.#nextPassAtMs, monotonicMs() + inMs);
    } catch (error) {
      this.#failures.begin(root, 'run scheduled jobs', asBackupError(error, 'run scheduled jobs', root));
    }
  }

  async #backUpDue(signal: AbortSignal): Promise<void> {
    for (const watched of [...this.#projects.values()]) {
      const { dueAtMs } = watched.changes;
      if (signal.aborted) return;
      if (dueAtMs !== undefined && monotonicMs() >= dueAtMs) await this.#backUp(watched);
    }
  }

  /** Waits until a backup of every project has been tried, so a first backup that is due is not reported as missing. */
  #startBackgroundWork(): void {
    const isWaiting = [...this.#projects.values()].some((watched) => watched.project && !watched.hasTriedBackup);
    if (!this.#isBackgroundDue || isWaiting) return;
    this.#isBackgroundDue = false;
    this.#background.start(this.#backgroundProjects());
  }

  async #backUp(watched: WatchedProject): Promise<void> {
    const { root, project, changes } = watched;
    changes.beginBackup();
    if (project === undefined) return;
    watched.hasTriedBackup = true;
    try {
      watched.lastBackupId = this.#existingBackupId(project);
      if (watched.lastBackupId === undefined) await this.#createBackup(watched, project);
      else watched.reportedEmergencyId = undefined;
      changes.recordSuccess();
      this.#failures.end(root, 'back up');
    } catch (error) {
      const problem = asBackupError(error, 'back up', project.databasePath);
      this.#failures.begin(root, 'back up', problem);
      // Every pass checks for a missing database anyway.
      if (problem.code !== 'database-not-found') changes.recordFailure(monotonicMs());
    }
  }

  /**
   * If the tap or a hook has already backed up this state, the id of that backup. Undefined after a recorded failure.
   */
  #existingBackupId(project: Project): string | undefined {
    if (hasFailed(project, this.ports)) return undefined;
    const catalog = readCatalog(project, this.ports);
    return isBackedUp(project, catalog, this.ports) ? catalog.newest?.id : undefined;
  }

  async #createBackup(watched: WatchedProject, project: Project): Promise<void> {
    const { root } = watched;
    const outcome = await createBackup(project, { source: 'watch', reason: 'changed' }, this.ports);
    if (outcome.status === 'damaged') this.#reportDamage(watched, outcome.emergency, outcome.problems);
    else {
      watched.reportedEmergencyId = undefined;
      watched.lastBackupId = outcome.backup.id;
    }
    if (outcome.status === 'created') this.options.report({ kind: 'backed-up', root, backup: outcome.backup });
    if (outcome.status === 'unchanged') return;
    this.#background.request(root);
    this.#isBackgroundDue = true;
  }

  /** Reports the same damage only once. */
  #reportDamage(watched: WatchedProject, emergency: Backup, problems: readonly string[]): void {
    if (watched.reportedEmergencyId === emergency.id) return;
    watched.reportedEmergencyId = emergency.id;
    this.options.report({ kind: 'damaged', root: watched.root, emergency, problems });
  }

  #backgroundProjects(): readonly BackgroundProject[] {
    return [...this.#projects.values()].map(({ known, project }) => ({ known, project }));
  }

  /** The monotonic clock stops while the computer sleeps. After a jump, everything is checked at once. */
  #detectClockJump(): void {
    const offsetMs = this.#readClockOffset();
    const byMs = offsetMs - this.#clockOffsetMs;
    this.#clockOffsetMs = offsetMs;
    if (Math.abs(byMs) < CLOCK_JUMP_MS) return;
    this.options.report({ kind: 'clock-jumped', byMs });
    this.#nextListAtMs = 0;
    this.#nextPassAtMs = 0;
  }

  #readClockOffset(): number {
    return this.ports.now().getTime() - monotonicMs();
  }

  async #sleep(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const dueTimes = [...this.#projects.values()].flatMap(({ changes }) => changes.dueAtMs ?? []);
    const nowMs = monotonicMs();
    const untilMs = Math.min(nowMs + TICK_MS, this.#nextPassAtMs, this.#nextListAtMs, ...dueTimes);
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, Math.max(0, Math.ceil(untilMs - nowMs)));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#wake = () => undefined;
  }

  async #shutDown(): Promise<void> {
    const endMs = monotonicMs() + SHUTDOWN_MS;
    for (const watched of this.#projects.values()) {
      if (watched.changes.dueAtMs !== undefined && monotonicMs() < endMs) await this.#backUp(watched);
    }
    await this.#background.stop(Math.max(0, endMs - monotonicMs()));
  }
}

/** True if unknown, because an extra backup is harmless. */
function hasFailed(project: Project, ports: Ports): boolean {
  try {
    return readJobs(project, ports).backup?.ok === false;
  } catch {
    return true;
  }
}
