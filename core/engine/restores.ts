import * as restoring from '../restore/index.js';
import type { RestoreOptions, RestoreOutcome, RestorePlan, SalvagePlan } from '../restore/index.js';
import { BackupError } from '../system/index.js';
import { inProject, withBackup, type EngineOptions, type ProjectReference } from './backups.js';

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
