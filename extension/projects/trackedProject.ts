import type * as vscode from 'vscode';
import type { SeenDatabase } from '../../core/projects/index.js';
import type { Trigger } from '../../core/store/index.js';
import { describeError } from '../engine/errorDescription.js';
import { EngineEnded, type CallOptions, type EngineProcess } from '../engine/engineProcess.js';
import type { DeletedProject, ErrorDescription, Overview, ProjectReading, Result } from '../engine/protocol.js';
import type { Log } from '../log.js';
import type { ProjectState } from '../model/projectState.js';
import { milliseconds, setting } from '../settings.js';
import { QuietTimer } from './quietTimer.js';
import { watchProject } from './watchProject.js';

export interface TrackingServices {
  readonly engine: EngineProcess;
  readonly log: Log;
  readonly isTrusted: () => boolean;
  readonly onChange: () => void;
}

/** One project folder: keeps its state up to date, and backs up after changes. */
export class TrackedProject implements vscode.Disposable {
  private current: ProjectState;
  private watcher: vscode.Disposable | undefined;
  private watched = '';
  private refreshing: Promise<void> | undefined;
  private refreshAgain = false;
  private refreshTimer: NodeJS.Timeout | undefined;
  private overdueTimer: NodeJS.Timeout | undefined;
  /** The database as this window has seen it before its first backup. */
  private seen: SeenDatabase | undefined;
  private lastRefreshDurationMs = 0;
  private isDisposed = false;
  private readonly backupTimer: QuietTimer;

  constructor(
    root: string,
    name: string,
    private readonly services: TrackingServices,
  ) {
    this.current = {
      root,
      name,
      overview: undefined,
      problems: [],
      undetermined: [],
      checkFailure: undefined,
    };
    this.backupTimer = new QuietTimer(
      () => ({ quietMs: milliseconds('watch.quietSeconds'), maximumMs: milliseconds('watch.maximumSeconds') }),
      () => void this.backUpChanges(),
    );
  }

  get state(): ProjectState {
    return this.current;
  }

  /** False while the folder contains no project. */
  get isProject(): boolean {
    const { overview, problems, checkFailure } = this.current;
    return overview !== undefined || problems.length > 0 || checkFailure !== undefined;
  }

  /** Refreshes the state; concurrent calls share one further refresh. */
  async refresh(): Promise<void> {
    if (this.refreshing !== undefined) {
      this.refreshAgain = true;
      await this.refreshing;
      return;
    }
    this.refreshing = this.refreshUntilCurrent();
    await this.refreshing;
  }

  /** The first refresh; changes made before the start are backed up too, if there are backups already. */
  async begin(): Promise<void> {
    await this.refresh();
    const { overview } = this.current;
    if (overview?.live?.changed === true && overview.backups.length > 0) this.onDatabaseWrite();
  }

  /** Backs up now; a failure is thrown, and recorded for every interface. */
  async backUp(trigger: Trigger, options: CallOptions = {}): Promise<Result<'backUp'>> {
    try {
      return await this.services.engine.call('backUp', { root: this.current.root, trigger }, options);
    } catch (error) {
      if (error instanceof EngineEnded) await this.recordBackupFailure(describeError(error));
      throw error;
    } finally {
      await this.refresh();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.refreshTimer);
    clearTimeout(this.overdueTimer);
    this.backupTimer.dispose();
    this.watcher?.dispose();
  }

  /** Usually the process that makes the backup records a failure, but this one has ended. */
  private async recordBackupFailure(failure: ErrorDescription): Promise<void> {
    const { engine, log } = this.services;
    try {
      await engine.call('recordBackupFailure', { root: this.current.root, failure });
    } catch (error) {
      log.error(`record the failed backup of ${this.current.root}`, error);
    }
  }

  private async refreshUntilCurrent(): Promise<void> {
    try {
      do await this.refreshOnce();
      while (this.refreshAgain && !this.isDisposed);
    } finally {
      // Cleared synchronously; otherwise a new call would join a refresh that has already ended.
      this.refreshing = undefined;
    }
  }

  private async refreshOnce(): Promise<void> {
    this.refreshAgain = false;
    const startedAtMs = performance.now();
    try {
      const { seen } = this;
      const unsavedMinutes = setting('warnings.unsavedMinutes');
      const { root } = this.current;
      const { engine } = this.services;
      const reading = await engine.call('readProject', { root, unsavedMinutes, seen });
      // A loss in a temporary folder is not a problem, but its backups can be in the vault.
      const isLost = reading === undefined || reading.problems.some(({ code }) => code === 'backups-gone');
      const deleted = isLost ? await engine.call('readDeletedProject', { root }) : undefined;
      this.accept(reading, deleted);
    } catch (error) {
      this.services.log.error(`read ${this.current.root}`, error);
      this.change({ checkFailure: describeError(error) });
      this.refreshLater(REFRESH_AFTER_FAILURE_MS);
    }
    this.lastRefreshDurationMs = performance.now() - startedAtMs;
  }

  private accept(reading: ProjectReading | undefined, deleted: DeletedProject | undefined): void {
    const { problems = [], undetermined = [] } = reading ?? {};
    const isUnreadable = problems.some(({ code }) => code === 'store-unusable');
    const overview = reading?.overview ?? (isUnreadable ? this.current.overview : undefined);
    if (overview !== undefined) this.watch(overview);
    this.noteSeen(reading?.overview);
    this.logDamage(overview);
    this.change({ overview, deleted, problems, undetermined, checkFailure: undefined });
    this.refreshWhenOverdue(reading?.overdueAt);
    // A busy database may be free in a moment.
    if (overview?.problem !== undefined) this.refreshLater(REFRESH_AFTER_FAILURE_MS);
  }

  private noteSeen(overview: Overview | undefined): void {
    if (overview === undefined) return;
    const { root, databasePath, live, backups } = overview;
    const isSeen = backups.length === 0 && live?.condition === 'sound' && live.counts !== undefined;
    if (!isSeen) this.seen = undefined;
    else {
      const { total: features, passing } = live.counts;
      this.seen = { root, databasePath, seenAt: new Date().toISOString(), features, passing };
    }
  }

  /** Unsaved changes become a problem without any event. */
  private refreshWhenOverdue(overdueAt: Date | undefined): void {
    clearTimeout(this.overdueTimer);
    const leftMs = (overdueAt?.getTime() ?? 0) - Date.now();
    if (leftMs <= 0 || this.isDisposed) return;
    const waitMs = Math.min(leftMs + OVERDUE_MARGIN_MS, MAX_TIMER_MS);
    this.overdueTimer = setTimeout(() => void this.refresh(), waitMs);
  }

  /** Notifications do not contain SQLite's messages, so the log does. */
  private logDamage(overview: Overview | undefined): void {
    const { live } = overview ?? {};
    if (live?.condition !== 'damaged' || this.current.overview?.live?.condition === 'damaged') return;
    this.services.log.info(`${this.current.root} is damaged: ${live.problems.join('; ')}`);
  }

  private watch({ databasePath, storePath }: Overview): void {
    const paths = `${databasePath}\n${storePath}`;
    if (paths === this.watched || this.isDisposed) return;
    this.watcher?.dispose();
    this.watched = paths;
    this.watcher = watchProject(
      { databasePath, storePath },
      {
        onDatabase: () => this.onDatabaseWrite(),
        onStore: () => this.refreshLater(REFRESH_SOON_MS),
        isDatabaseGone: () => this.current.problems.some(({ code }) => code === 'database-gone'),
      },
    );
  }

  private onDatabaseWrite(): void {
    this.refreshLater(REFRESH_SOON_MS);
    if (setting('watch.enabled') && this.services.isTrusted()) this.backupTimer.onEvent();
  }

  /** Large databases are slow to read, so they are refreshed less often while they are written. */
  private refreshLater(delayMs: number): void {
    if (this.refreshTimer !== undefined || this.isDisposed) return;
    this.refreshTimer = setTimeout(
      () => {
        this.refreshTimer = undefined;
        void this.refresh();
      },
      Math.max(delayMs, this.lastRefreshDurationMs * 5),
    );
  }

  private async backUpChanges(): Promise<void> {
    await this.refresh();
    const { overview } = this.current;
    if (overview?.live?.changed !== true || overview.live.condition === 'gone' || this.isDisposed) return;
    try {
      const outcome = await this.backUp({ source: 'watch', reason: 'after_change' });
      this.services.log.info(`${this.current.name}: after a change, ${outcome.status}`);
    } catch (error) {
      // The status bar and a notification report the failure.
      this.services.log.error(`back up ${this.current.root} after a change`, error);
    }
  }

  private change(part: Partial<ProjectState>): void {
    if (this.isDisposed) return;
    this.current = { ...this.current, ...part };
    this.services.onChange();
  }
}

const REFRESH_SOON_MS = 400;
const REFRESH_AFTER_FAILURE_MS = 3_000;
/** The limit must have passed, not just been reached. */
const OVERDUE_MARGIN_MS = 1_000;
/** Node runs longer timers at once. */
const MAX_TIMER_MS = 2 ** 31 - 1;
