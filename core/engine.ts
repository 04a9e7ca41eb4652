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
import { basename, dirname, resolve } from 'node:path';
import type {
  Backup,
  BackUpOutcome,
  Catalog,
  ProjectSummary,
  CleanUpOutcome,
  DeleteOptions,
  RetentionPlan,
  Trigger,
  VerifyOutcome,
} from './backups/types.js';
import type { RestoreOptions, RestoreOutcome, RestorePlan, SalvagePlan } from './backups/restore/types.js';
import type { FeatureComparison } from './database/types.js';
import { BackupError } from './errors.js';
import type { BackedUpCommit, BackupOfCommit } from './git/backupOfCommit.js';
import { realPorts, type Ports } from './ports.js';
import type { ConfigurationLayer } from './project/configuration.js';
import { locateProject } from './project/findProject.js';
import type { Project } from './project/types.js';

export { BackupError };
export type { BackupErrorCode, BackupErrorDetails } from './errors.js';
export type { FileSystem, Ports } from './ports.js';
export type * from './backups/types.js';
export type { Salvaged, SalvagedFeature, SalvageMethod } from './database/salvage/types.js';
export type * from './backups/restore/types.js';
export type * from './database/types.js';
export type { BackedUpCommit, BackupOfCommit, Commit } from './git/backupOfCommit.js';
export type * from './project/types.js';
export type { ConfigurationLayer } from './project/configuration.js';

/** A project, its folder, its database file, or undefined to look for it. */
export type ProjectReference = Project | string | undefined;

export interface EngineOptions {
  /** The surroundings; those of this process where they are left out. */
  readonly ports?: Partial<Ports> | undefined;
  /** Where relative paths start, and the search for a project; the working directory by default. */
  readonly cwd?: string | undefined;
  /** Settings over the project's own configuration. Not looked at for a `Project`, which has its configuration. */
  readonly overrides?: ConfigurationLayer | undefined;
}

/** Finds a project and reads its configuration. Throws `project-not-found`, `database-not-found`, `configuration`. */
export async function openProject(project?: ProjectReference, options: EngineOptions = {}): Promise<Project> {
  if (typeof project === 'object') return project;
  const { cwd = process.cwd(), overrides } = options;
  return await locateProject({ argument: project, cwd, overrides }, portsOf(options));
}

/**
 * Takes a consistent snapshot of the live database while others may be writing, checks it, stores it durably and prunes.
 * `unchanged`: the newest backup already holds this state. `damaged`: what there is was kept as an emergency backup.
 */
export async function backUp(
  project: ProjectReference,
  trigger: Trigger,
  options: EngineOptions = {},
): Promise<BackUpOutcome> {
  const found = await openProject(project, options);
  const { createBackup } = await import('./backups/createBackup.js');
  return await createBackup(found, trigger, portsOf(options));
}

/** All backups of a project, newest first; none where there is no store yet. */
export async function listBackups(project?: ProjectReference, options: EngineOptions = {}): Promise<Catalog> {
  const found = await openProject(project, options);
  const { readCatalog } = await import('./backups/catalog.js');
  return readCatalog(found, portsOf(options));
}

/** The one backup that a selector means. Throws `backup-not-found`, `ambiguous-backup` or `unsafe-name`. */
export async function findBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions = {},
): Promise<Backup> {
  const found = await openProject(project, options);
  const { selectBackup } = await import('./backups/selectBackup.js');
  return selectBackup(await listBackups(found, options), nameOf(selector, found, options));
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
  const summary = await import('./backups/projectSummary.js');
  return await summary.projectSummary(found, portsOf(options));
}

/** Checks one backup, or all of them: checksum, SQLite's full check, foreign keys. A bad one is a result, not an error. */
export async function verify(
  project?: ProjectReference,
  selector?: string,
  options: EngineOptions = {},
): Promise<readonly VerifyOutcome[]> {
  const found = await openProject(project, options);
  const ports = portsOf(options);
  const { verifyBackup } = await import('./backups/verifyBackup.js');
  const backups =
    selector === undefined ? (await listBackups(found, options)).backups : [await findBackup(found, selector, options)];
  const outcomes: VerifyOutcome[] = [];
  for (const [index, backup] of backups.entries()) {
    ports.onProgress?.(`verifying ${backup.id}`, index / backups.length);
    outcomes.push(await verifyBackup(found, backup, ports));
  }
  return outcomes;
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
  const { readSide } = await import('./backups/readSide.js');
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
  const { refuseIfBlocked } = await import('./backups/restore/obstacles.js');
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
    const { restoreFeatures } = await import('./backups/restore/restoreFeatures.js');
    return await restoreFeatures(found, backup, features, options, portsOf(options));
  }
  if (salvage === true) {
    const { restoreSalvaged } = await import('./backups/restore/salvage.js');
    return await restoreSalvaged(found, backup, options, portsOf(options));
  }
  const { restoreBackup } = await import('./backups/restore/restoreBackup.js');
  return await restoreBackup(found, backup, options, portsOf(options));
}

/** Takes the last restore back, by restoring the emergency backup that it made. */
export async function undoRestore(
  project?: ProjectReference,
  options: EngineOptions & RestoreOptions = {},
): Promise<RestoreOutcome> {
  const found = await openProject(project, options);
  const undo = await import('./backups/restore/undo.js');
  return await undo.undoRestore(found, options, portsOf(options));
}

/** Reads what can still be read of the live database, damaged or not, and tells what is newer than a backup. */
export async function salvage(
  project?: ProjectReference,
  selector = 'last-good',
  options: EngineOptions = {},
): Promise<SalvagePlan> {
  const found = await openProject(project, options);
  const { planSalvage } = await import('./backups/restore/salvage.js');
  return await planSalvage(found, await findBackup(found, selector, options), portsOf(options));
}

/** Which backups the retention policy keeps, and why, and which it would remove; removes nothing. */
export async function planCleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<RetentionPlan> {
  const found = await openProject(project, options);
  const cleaning = await import('./backups/cleanUp.js');
  return await cleaning.planCleanUp(found, portsOf(options));
}

/** Removes what the retention policy does not keep; nothing while the live database is damaged, shrunk or gone. */
export async function cleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpOutcome> {
  const found = await openProject(project, options);
  const cleaning = await import('./backups/cleanUp.js');
  return await cleaning.cleanUp(found, portsOf(options));
}

/** Protects a backup from retention. */
export async function pin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  const found = await openProject(project, options);
  const pinning = await import('./backups/pin.js');
  return await pinning.pin(found, await findBackup(found, selector, options), portsOf(options));
}

/** Lets retention have a pinned backup again. */
export async function unpin(project: ProjectReference, selector: string, options: EngineOptions = {}): Promise<Backup> {
  const found = await openProject(project, options);
  const pinning = await import('./backups/pin.js');
  return await pinning.unpin(found, await findBackup(found, selector, options), portsOf(options));
}

/** Deletes one backup. Throws `backup-protected` for a pinned one and for the only one that verified, unless forced. */
export async function deleteBackup(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & DeleteOptions = {},
): Promise<Backup> {
  const found = await openProject(project, options);
  const deleting = await import('./backups/deleteBackup.js');
  return await deleting.deleteBackup(found, await findBackup(found, selector, options), options, portsOf(options));
}

function portsOf({ ports }: EngineOptions): Ports {
  return { ...realPorts(), ...ports };
}

/** A path into the store, as a shell completes it, names the backup there. */
function nameOf(selector: string, project: Project, { cwd = process.cwd() }: EngineOptions): string {
  const path = resolve(cwd, selector);
  return /[/\\]/.test(selector) && dirname(path) === project.storePath ? basename(path) : selector;
}
