import { withStoreLock, type StoreLock, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { refuseIfBlocked } from './blockers.js';
import { planRestore, prepareRestore, type PreparedRestore } from './planRestore.js';
import { recoverRestore } from './recover.js';
import { replaceLive, type FeatureRows } from './replaceLive.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/**
 * Brings the live database to what the backup holds. What was there before is kept as an emergency backup, whose restore
 * undoes this one. Throws `backup-damaged`, `agent-running`, `database-in-use` and what reading and writing may throw;
 * the live database is then what it was.
 */
export async function restoreBackup(
  project: Project,
  backup: Backup,
  options: RestoreOptions,
  ports: Ports,
): Promise<RestoreOutcome> {
  if (options.dryRun) return { status: 'planned', plan: await planRestore(project, backup, ports) };
  return await withRestoreLock(project, ports, async (lock) => {
    const prepared = await prepareRestore(project, backup, ports);
    return await carryOut(project, prepared, options, lock, ports);
  });
}

/** Runs alone on the store, after clearing up what a restore that died has left beside the live database. */
export async function withRestoreLock<T>(
  project: Project,
  ports: Ports,
  work: (lock: StoreLock) => Promise<T>,
): Promise<T> {
  return await withStoreLock(project.storePath, ports, async (lock) => {
    recoverRestore(liveDatabasePath(project, ports), ports);
    return await work(lock);
  });
}

/** The refusals, then the replacement. */
export async function carryOut(
  project: Project,
  { plan, current, replacement }: PreparedRestore,
  options: RestoreOptions,
  lock: StoreLock,
  ports: Ports,
  rows?: FeatureRows,
): Promise<RestoreOutcome> {
  if (plan.isUnchanged) return { status: 'unchanged', plan };
  refuseIfBlocked(plan.blockedBy, options.force === true, plan.databasePath);
  const work = { project, current, replacement, way: plan.way, rows, detail: plan.backup.id, lock };
  return { status: 'restored', plan, ...(await replaceLive(work, ports)) };
}
