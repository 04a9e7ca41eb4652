/**
 * The engine: everything that Feature Backups can do with a project, as plain functions. The command line, the tap, the
 * hooks and the extension call these, and so may any program:
 *
 *     import { backUp, listBackups } from 'feature-backups';
 *     const outcome = await backUp('/path/to/project', { source: 'cli', reason: 'before_my_script' });
 *
 * A project is a folder, a database file, or what `openProject` returned; undefined means PROJECT_DIR, else the nearest
 * folder at or above the working directory. A backup is named by its id, an unambiguous beginning of it, its path,
 * `latest` or `last-good`. What goes wrong is thrown as a `BackupError` with a literal `code`; ordinary outcomes are
 * returned.
 */
import { createBackup, type AfterBackup } from './backup/index.js';
import { compareFeatures } from './database/index.js';
import {
  findBackup,
  inProject,
  listBackups,
  openProject,
  portsOf,
  withBackup,
  type EngineOptions,
  type ProjectReference,
} from './engine/foundation.js';
import type {
  BackUpOutcome,
  BackedUpCommit,
  Backup,
  BackupOfCommit,
  CleanUpOutcome,
  CleanUpPlan,
  DeleteOptions,
  FeatureComparison,
  JobRun,
  ProjectSummary,
  RestoreOptions,
  RestoreOutcome,
  RestorePlan,
  SalvagePlan,
  Trigger,
  VerifyOptions,
  VerifyOutcome,
} from './engine/types.js';
import * as git from './git/index.js';
import * as health from './health/index.js';
import { readSide } from './history/index.js';
import * as restoring from './restore/index.js';
import * as retention from './retention/index.js';
import * as schedule from './schedule/index.js';
import * as store from './store/index.js';
import { BackupError } from './system/index.js';
import { verifyBackups } from './verify/index.js';

export { BackupError, findBackup, listBackups, openProject };
export type { EngineOptions, ProjectReference };
export * from './engine/guards.js';
export * from './engine/history.js';
export * from './engine/locks.js';
export * from './engine/projects.js';
export type * from './engine/types.js';

/**
 * Takes a consistent snapshot of the live database while others may be writing, checks it, stores it durably and prunes.
 * `unchanged`: the newest backup already holds this state. `damaged`: what there is was kept as an emergency backup.
 */
export async function backUp(
  project: ProjectReference,
  trigger: Trigger,
  options: EngineOptions & { readonly afterBackup?: AfterBackup | undefined } = {},
): Promise<BackUpOutcome> {
  const { afterBackup } = options;
  return await inProject(project, options, (found, ports) => createBackup(found, trigger, ports, { afterBackup }));
}

/** The backlog as it was at a commit, by any name that git knows. Throws `usage` outside a repository, `backup-not-found`. */
export async function findBackupOfCommit(
  project: ProjectReference,
  commitIsh: string,
  options: EngineOptions = {},
): Promise<BackupOfCommit> {
  return await inProject(project, options, (found, ports) => git.findBackupOfCommit(found, commitIsh, ports));
}

/** The commits that a git hook has tied to a backup, the newest first. */
export async function listBackedUpCommits(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly BackedUpCommit[]> {
  return await inProject(project, options, git.listBackedUpCommits);
}

/** Where a project stands: its live database, its newest and its last good backup, and what the store holds. */
export async function projectSummary(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectSummary> {
  return await inProject(project, options, health.projectSummary);
}

/**
 * Checks one backup, or all of them: checksum, SQLite's full check, foreign keys. A bad one is a result, not an error;
 * `quarantine` moves it out of the catalog. Of all of them, one that cannot be read is a result as well.
 */
export async function verify(
  project?: ProjectReference,
  selector?: string,
  options: EngineOptions & VerifyOptions = {},
): Promise<readonly VerifyOutcome[]> {
  if (selector === undefined) {
    return await inProject(project, options, async (found, ports) => {
      const { backups } = await listBackups(found, options);
      return await verifyBackups(found, backups, options, ports);
    });
  }
  return await withBackup(project, selector, options, async (found, backup, ports) => {
    const outcomes = await verifyBackups(found, [backup], options, ports);
    const unread = outcomes[0]?.notExamined;
    if (unread !== undefined) throw unread;
    return outcomes;
  });
}

/**
 * Runs the scheduled jobs of a project that came due since they last ran, each once, and never in two processes for one
 * due time. How a job went is a result, not an error.
 */
export async function runDueJobs(project?: ProjectReference, options: EngineOptions = {}): Promise<readonly JobRun[]> {
  return await inProject(project, options, schedule.runDueJobs);
}

/** When the next scheduled job of a project comes due; undefined where none is scheduled. */
export async function nextDue(project?: ProjectReference, options: EngineOptions = {}): Promise<Date | undefined> {
  return await inProject(project, options, schedule.nextDue);
}

/** One side of a comparison that is no backup. */
export const LIVE = 'live';

export interface Comparison {
  /** The backup's id, or `live`. */
  readonly from: string;
  readonly to: string;
  readonly comparison: FeatureComparison;
}

/** What it takes to get from one side to the other; each is a backup's selector or `live`, which is also the default. */
export async function compare(
  project: ProjectReference,
  from: string,
  to: string = LIVE,
  options: EngineOptions = {},
): Promise<Comparison> {
  const found = await openProject(project, options);
  const [before, after] = [await side(from), await side(to)];
  return { from: before.name, to: after.name, comparison: compareFeatures(before.features, after.features) };

  async function side(selector: string) {
    const backup = selector === LIVE ? undefined : await findBackup(found, selector, options);
    return await readSide(found, backup, portsOf(options));
  }
}

/** What part of a backup a restore brings back; all of it by default. */
export interface RestoreScope {
  /** Only these features; every other row of the live database stays as it is. */
  readonly features?: readonly number[] | undefined;
  /** The backup, and over it whatever newer features can still be read from the damaged live database. */
  readonly salvage?: boolean | undefined;
}

/** What a restore would change, and what stands in its way; changes nothing. */
export async function planRestore(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & RestoreScope = {},
): Promise<RestorePlan> {
  return (await restore(project, selector, { ...options, dryRun: true })).plan;
}

/** Throws what a restore would throw for what stands in its way: `agent-running` or `database-in-use`. */
export function assertRestorable(plan: RestorePlan, force = false): Promise<void> {
  return Promise.resolve().then(() => {
    restoring.refuseIfBlocked(plan.blockedBy, force, plan.databasePath);
  });
}

/**
 * Brings a backup back as the live database, after keeping what is there as an emergency backup. If anything fails, the
 * live database is wholly the old one. Throws `agent-running` or `database-in-use` unless forced, and `backup-damaged`.
 */
export async function restore(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & RestoreOptions & RestoreScope = {},
): Promise<RestoreOutcome> {
  const { features, salvage } = options;
  if (features !== undefined && salvage === true) {
    throw new BackupError('Single features and a salvage exclude each other', {
      code: 'usage',
      operation: 'restore the live database',
    });
  }
  return await withBackup(project, selector, options, (found, backup, ports) => {
    if (features !== undefined) return restoring.restoreFeatures(found, backup, features, options, ports);
    if (salvage === true) return restoring.restoreSalvaged(found, backup, options, ports);
    return restoring.restoreBackup(found, backup, options, ports);
  });
}

/** Takes the last restore back, by restoring the emergency backup that it made. */
export async function undoRestore(
  project?: ProjectReference,
  options: EngineOptions & RestoreOptions = {},
): Promise<RestoreOutcome> {
  return await inProject(project, options, (found, ports) => restoring.undoRestore(found, options, ports));
}

/** Reads what can still be read of the live database, damaged or not, and tells what is newer than a backup. */
export async function salvage(
  project?: ProjectReference,
  selector = 'last-good',
  options: EngineOptions = {},
): Promise<SalvagePlan> {
  return await withBackup(project, selector, options, restoring.planSalvage);
}

/** Which backups a clean-up would keep, and why, and which it would remove, fold or compress; changes nothing. */
export async function planCleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpPlan> {
  return await inProject(project, options, retention.planCleanUp);
}

/**
 * Takes out what the retention policy does not keep, into the history where there is one; nothing while the live database
 * is damaged, shrunk or gone. Compresses what is old.
 */
export async function cleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpOutcome> {
  return await inProject(project, options, retention.cleanUp);
}

/** Protects a backup from retention. */
export async function pin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  return await withBackup(project, selector, options, store.pin);
}

/** Lets retention have a pinned backup again. */
export async function unpin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  return await withBackup(project, selector, options, store.unpin);
}

/** Deletes one backup. Throws `backup-protected` for a pinned one and for the only one that verified, unless forced. */
export async function deleteBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & DeleteOptions = {},
): Promise<Backup> {
  return await withBackup(project, selector, options, (found, backup, ports) =>
    store.deleteBackup(found, backup, options, ports),
  );
}
