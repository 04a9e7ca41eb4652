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
 * returned. Each function loads only what it needs, when it is called.
 */
import type {
  Backup,
  BackUpOutcome,
  ProjectSummary,
  CleanUpOutcome,
  CleanUpPlan,
  DeleteOptions,
  Trigger,
} from './store/types.js';
import type { VerifyOptions, VerifyOutcome } from './verify/types.js';
import type { AfterBackup } from './backup/createBackup.js';
import type { RestoreOptions, RestoreOutcome, RestorePlan, SalvagePlan } from './restore/types.js';
import type { FeatureComparison } from './database/types.js';
import {
  findBackup,
  listBackups,
  openProject,
  portsOf,
  type EngineOptions,
  type ProjectReference,
} from './engine/foundation.js';
import { BackupError } from './system/errors.js';
import type { BackedUpCommit, BackupOfCommit } from './git/backupOfCommit.js';
import type { JobRun } from './schedule/runDueJobs.js';

export { BackupError, findBackup, listBackups, openProject };
export type { EngineOptions, ProjectReference };
export * from './engine/guards.js';
export * from './engine/history.js';
export * from './engine/locks.js';
export * from './engine/projects.js';
export type { HistoryVerification } from './history/verifyHistory.js';
export type { BackupErrorCode, BackupErrorDetails } from './system/errors.js';
export type { FileSystem, Ports } from './system/ports.js';
export type * from './store/types.js';
export type * from './verify/types.js';
export type { AcknowledgeOptions, AcknowledgeOutcome, Shrinkage } from './retention/acknowledge.js';
export type { Acknowledgement } from './live/acknowledgement.js';
export type * from './verify/drill/types.js';
export type * from './verify/quarantine/types.js';
export type { Salvaged, SalvagedFeature, SalvageMethod } from './database/salvage/types.js';
export type * from './restore/types.js';
export type * from './database/types.js';
export type { BackedUpCommit, BackupOfCommit, Commit } from './git/backupOfCommit.js';
export type * from './health/types.js';
export type * from './project/types.js';
export type { JobRun } from './schedule/runDueJobs.js';
export type * from './projects/types.js';
export type { ConfigurationLayer } from './project/configuration.js';

/**
 * Takes a consistent snapshot of the live database while others may be writing, checks it, stores it durably and prunes.
 * `unchanged`: the newest backup already holds this state. `damaged`: what there is was kept as an emergency backup.
 */
export async function backUp(
  project: ProjectReference,
  trigger: Trigger,
  options: EngineOptions & { readonly afterBackup?: AfterBackup | undefined } = {},
): Promise<BackUpOutcome> {
  const found = await openProject(project, options);
  const { createBackup } = await import('./backup/createBackup.js');
  return await createBackup(found, trigger, portsOf(options), { afterBackup: options.afterBackup });
}

/** The backlog as it was at a commit, by any name that git knows. Throws `usage` outside a repository, `backup-not-found`. */
export async function findBackupOfCommit(
  project: ProjectReference,
  commitIsh: string,
  options: EngineOptions = {},
): Promise<BackupOfCommit> {
  const found = await openProject(project, options);
  const commits = await import('./git/backupOfCommit.js');
  return await commits.findBackupOfCommit(found, commitIsh, portsOf(options));
}

/** The commits that a git hook has tied to a backup, the newest first. */
export async function listBackedUpCommits(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly BackedUpCommit[]> {
  const found = await openProject(project, options);
  const commits = await import('./git/backupOfCommit.js');
  return await commits.listBackedUpCommits(found, portsOf(options));
}

/** Where a project stands: its live database, its newest and its last good backup, and what the store holds. */
export async function projectSummary(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectSummary> {
  const found = await openProject(project, options);
  const summary = await import('./health/projectSummary.js');
  return await summary.projectSummary(found, portsOf(options));
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
  const found = await openProject(project, options);
  const { verifyBackups } = await import('./verify/verifyBackups.js');
  const backups =
    selector === undefined ? (await listBackups(found, options)).backups : [await findBackup(found, selector, options)];
  const outcomes = await verifyBackups(found, backups, options, portsOf(options));
  const unread = selector === undefined ? undefined : outcomes[0]?.notExamined;
  if (unread !== undefined) throw unread;
  return outcomes;
}

/**
 * Runs the scheduled jobs of a project that came due since they last ran, each once, and never in two processes for one
 * due time. How a job went is a result, not an error.
 */
export async function runDueJobs(project?: ProjectReference, options: EngineOptions = {}): Promise<readonly JobRun[]> {
  const found = await openProject(project, options);
  const scheduling = await import('./schedule/runDueJobs.js');
  return await scheduling.runDueJobs(found, portsOf(options));
}

/** When the next scheduled job of a project comes due; undefined where none is scheduled. */
export async function nextDue(project?: ProjectReference, options: EngineOptions = {}): Promise<Date | undefined> {
  const found = await openProject(project, options);
  const scheduling = await import('./schedule/runDueJobs.js');
  return scheduling.nextDue(found, portsOf(options));
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
  const { readSide } = await import('./history/readSide.js');
  const { compareFeatures } = await import('./database/compareFeatures.js');
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
export async function assertRestorable(plan: RestorePlan, force = false): Promise<void> {
  const { refuseIfBlocked } = await import('./restore/obstacles.js');
  refuseIfBlocked(plan.blockedBy, force, plan.databasePath);
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
  const found = await openProject(project, options);
  const backup = await findBackup(found, selector, options);
  const { features, salvage } = options;
  if (features !== undefined && salvage === true) {
    throw new BackupError('Single features and a salvage exclude each other', {
      code: 'usage',
      operation: 'restore the live database',
    });
  }
  if (features !== undefined) {
    const { restoreFeatures } = await import('./restore/restoreFeatures.js');
    return await restoreFeatures(found, backup, features, options, portsOf(options));
  }
  if (salvage === true) {
    const { restoreSalvaged } = await import('./restore/salvage.js');
    return await restoreSalvaged(found, backup, options, portsOf(options));
  }
  const { restoreBackup } = await import('./restore/restoreBackup.js');
  return await restoreBackup(found, backup, options, portsOf(options));
}

/** Takes the last restore back, by restoring the emergency backup that it made. */
export async function undoRestore(
  project?: ProjectReference,
  options: EngineOptions & RestoreOptions = {},
): Promise<RestoreOutcome> {
  const found = await openProject(project, options);
  const undo = await import('./restore/undo.js');
  return await undo.undoRestore(found, options, portsOf(options));
}

/** Reads what can still be read of the live database, damaged or not, and tells what is newer than a backup. */
export async function salvage(
  project?: ProjectReference,
  selector = 'last-good',
  options: EngineOptions = {},
): Promise<SalvagePlan> {
  const found = await openProject(project, options);
  const { planSalvage } = await import('./restore/salvage.js');
  return await planSalvage(found, await findBackup(found, selector, options), portsOf(options));
}

/** Which backups a clean-up would keep, and why, and which it would remove, fold or compress; changes nothing. */
export async function planCleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpPlan> {
  const found = await openProject(project, options);
  const cleaning = await import('./retention/cleanUp.js');
  return await cleaning.planCleanUp(found, portsOf(options));
}

/**
 * Takes out what the retention policy does not keep, into the history where there is one; nothing while the live database
 * is damaged, shrunk or gone. Compresses what is old.
 */
export async function cleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpOutcome> {
  const found = await openProject(project, options);
  const cleaning = await import('./retention/cleanUp.js');
  return await cleaning.cleanUp(found, portsOf(options));
}

/** Protects a backup from retention. */
export async function pin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  const found = await openProject(project, options);
  const pinning = await import('./store/pin.js');
  return await pinning.pin(found, await findBackup(found, selector, options), portsOf(options));
}

/** Lets retention have a pinned backup again. */
export async function unpin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  const found = await openProject(project, options);
  const pinning = await import('./store/pin.js');
  return await pinning.unpin(found, await findBackup(found, selector, options), portsOf(options));
}

/** Deletes one backup. Throws `backup-protected` for a pinned one and for the only one that verified, unless forced. */
export async function deleteBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & DeleteOptions = {},
): Promise<Backup> {
  const found = await openProject(project, options);
  const deleting = await import('./store/deleteBackup.js');
  return await deleting.deleteBackup(found, await findBackup(found, selector, options), options, portsOf(options));
}
