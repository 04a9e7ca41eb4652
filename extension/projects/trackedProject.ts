import type * as vscode from 'vscode';
import type { Trigger } from '../../core/store/index.js';
import { describeError } from '../engine/errorDescription.js';
import type { CallOptions, EngineProcess } from '../engine/engineProcess.js';
import type { Overview, Result } from '../engine/protocol.js';
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
      refreshFailure: undefined,
      backupFailure: undefined,
      changedSince: undefined,
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
    return this.current.overview !== undefined || this.current.refreshFailure !== undefined;
  }

  /** Refreshes the state; concurrent calls share one further refresh. */
  async refresh(): Promise<void> {
    if (this.refreshing !== undefined) {
      this.refreshAgain = true;
      await this.refreshing;
      return;
    }
    this.refreshing = this.refreshUntilCurrent().finally(() => (this.refreshing = undefined));
    await this.refreshing;
  }

  /** The first refresh; changes made before the start are backed up too, if there are backups already. */
  async begin(): Promise<void> {
    await this.refresh();
    const { overview } = this.current;
    if (overview?.live?.changed === true && overview.backups.length > 0) this.onDatabaseWrite();
  }

  /** Backs up now; a failure is thrown, and kept for the status bar. */
  async backUp(trigger: Trigger, options: CallOptions = {}): Promise<Result<'backUp'>> {
    try {
      const outcome = await this.services.engine.call('backUp', { root: this.current.root, trigger }, options);
      this.change({ backupFailure: undefined });
      return outcome;
    } catch (error) {
      const failure = describeError(error);
      if (failure.code !== 'cancelled') this.change({ backupFailure: { at: new Date(), error: failure } });
      throw error;
    } finally {
      await this.refresh();
    }
  }

  dispose(): void {
    this.isDisposed = true;
    clearTimeout(this.refreshTimer);
    this.backupTimer.dispose();
    this.watcher?.dispose();
  }

  private async refreshUntilCurrent(): Promise<void> {
    await this.refreshOnce();
    if (this.refreshAgain && !this.isDisposed) await this.refreshUntilCurrent();
  }

  private async refreshOnce(): Promise<void> {
    this.refreshAgain = false;
    const startedAtMs = performance.now();
    try {
      const { root } = this.current;
      const { engine } = this.services;
      const overview = await engine.call('readOverview', { root });
      const deleted = overview === undefined ? await engine.call('readDeletedProject', { root }) : undefined;
      if (overview !== undefined) this.watch(overview);
      this.logDamage(overview);
      this.change({ overview, deleted, refreshFailure: undefined, changedSince: this.changedSince(overview) });
    } catch (error) {
      this.services.log.error(`read ${this.current.root}`, error);
      this.change({ refreshFailure: describeError(error) });
      // A busy database may be free in a moment.
      this.refreshLater(REFRESH_AFTER_FAILURE_MS);
    }
    this.lastRefreshDurationMs = performance.now() - startedAtMs;
  }

  /** Notifications do not contain SQLite's messages, so the log does. */
  private logDamage(overview: Overview | undefined): void {
    const { live } = overview ?? {};
    if (live?.condition !== 'damaged' || this.current.overview?.live?.condition === 'damaged') return;
    this.services.log.info(`${this.current.root} is damaged: ${live.problems.join('; ')}`);
  }

  private changedSince(overview: Overview | undefined): Date | undefined {
    return overview?.live?.changed === true ? (this.current.changedSince ?? new Date()) : undefined;
  }

  private watch({ databasePath, storePath }: Overview): void {
    const paths = `${databasePath}\n${storePath}`;
    if (paths === this.watched || this.isDisposed) return;
    this.watcher?.dispose();
    this.watched = paths;
    this.watcher = watchProject(
      { databasePath, storePath },
      { onDatabase: () => this.onDatabaseWrite(), onStore: () => this.refreshLater(REFRESH_SOON_MS) },
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
