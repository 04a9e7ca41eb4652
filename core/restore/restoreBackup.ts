import { withStoreLock, type StoreLock, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { refuseIfBlocked } from './blockers.js';
import { planRestore, prepareRestore, type PreparedRestore } from './planRestore.js';
import { recoverRestore } from './recover.js';
import { replaceLive, type FeatureRows } from './replaceLive.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/**
 * Restores a backup to the live database. The previous database is saved as an emergency backup, which an undo restores.
 * If this throws (`backup-damaged`, `agent-running`, `database-in-use` and others), the live database is unchanged.
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

/** Runs `work` under the store's lock, after cleaning up the files of an interrupted restore. */
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

/** Throws if a blocker prevents it, then replaces the live database. */
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
