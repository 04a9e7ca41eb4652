import * as restoring from '../restore/index.js';
import type { RestoreOptions, RestoreOutcome, RestorePlan, SalvagePlan } from '../restore/index.js';
import type { Project } from '../project/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { inProject, withBackup, type ChangeOptions, type EngineOptions, type ProjectReference } from './backups.js';

/** The part of a backup to restore; all of it by default. */
export interface RestoreScope {
  /** Only these features. Every other row of the live database is unchanged. */
  readonly features?: readonly number[] | undefined;
  /** The backup, plus newer features that can still be read from the damaged live database. */
  readonly salvage?: boolean | undefined;
}

/** What a restore would change, and its blockers. Changes nothing. */
export async function planRestore(
  project: ProjectReference,
  selector: string,
  options: EngineOptions & RestoreScope = {},
): Promise<RestorePlan> {
  return (await restore(project, selector, { ...options, dryRun: true })).plan;
}

/** Throws what a restore would throw for its blockers: `agent-running` or `database-in-use`. */
export function assertRestorable(plan: RestorePlan, force = false): Promise<void> {
  return Promise.resolve().then(() => {
    restoring.refuseIfBlocked(plan.blockers, force, plan.databasePath);
  });
}

/**
 * Restores a backup after storing the current database as an emergency backup. If anything fails, the live database is
 * unchanged. Throws `agent-running` or `database-in-use` unless forced, and `backup-damaged`.
 */
export async function restore(
  project: ProjectReference,
  selector: string,
  options: ChangeOptions & RestoreOptions & RestoreScope = {},
): Promise<RestoreOutcome> {
  const { features, salvage } = options;
  if (features !== undefined && salvage === true) {
    throw new BackupError('Restoring individual features cannot be combined with a salvage', {
      code: 'usage',
      operation: 'restore the live database',
    });
  }
  return await withBackup(project, selector, options, async (found, backup, ports) => {
    const carryOut = async (): Promise<RestoreOutcome> => {
      if (features !== undefined) return await restoring.restoreFeatures(found, backup, features, options, ports);
      if (salvage === true) return await restoring.restoreSalvaged(found, backup, options, ports);
      return await restoring.restoreBackup(found, backup, options, ports);
    };
    return await thenFollowUp(found, carryOut, options, ports);
  });
}

/** A failed restore, too, may have made an emergency backup. */
async function thenFollowUp(
  project: Project,
  carryOut: () => Promise<RestoreOutcome>,
  { afterBackup, dryRun }: ChangeOptions & RestoreOptions,
  ports: Ports,
): Promise<RestoreOutcome> {
  let outcome: RestoreOutcome | undefined;
  try {
    outcome = await carryOut();
    return outcome;
  } finally {
    if (dryRun !== true && outcome?.status !== 'unchanged') afterBackup?.(project, ports);
  }
}

/** Undoes the last restore by restoring its emergency backup. */
export async function undoRestore(
  project?: ProjectReference,
  options: ChangeOptions & RestoreOptions = {},
): Promise<RestoreOutcome> {
  return await inProject(
    project,
    options,
    async (found, ports) =>
      await thenFollowUp(found, () => restoring.undoRestore(found, options, ports), options, ports),
  );
}

/** Reads the readable features of the live database, damaged or not, and compares them with a backup. */
export async function salvage(
  project?: ProjectReference,
  selector = 'last-good',
  options: EngineOptions = {},
): Promise<SalvagePlan> {
  return await withBackup(project, selector, options, restoring.planSalvage);
}
