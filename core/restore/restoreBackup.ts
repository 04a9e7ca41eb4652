import { dirname } from 'node:path';
import { asBackupError, syncFolderAndParents, withStoreLock, type StoreLock, type Ports } from '../system/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { readProjectRecordOrWarn, recordProject } from '../projects/index.js';
import { prepareStore, type Backup } from '../store/index.js';
import { refuseIfBlocked } from './blockers.js';
import { recordBeforeRestore } from './recordBeforeRestore.js';
import { planRestore, prepareRestore, type PreparedRestore } from './planRestore.js';
import { cleanUpRestore } from '../live/index.js';
import { replaceLive, type FeatureRows } from './replaceLive.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/**
 * Restores a backup to the live database. The previous database is saved as an emergency backup, which an undo
 * restores. If this throws (`backup-damaged`, `agent-running`, `database-in-use` and others), the live database is
 * unchanged.
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
    const outcome = await carryOutRestore(project, prepared, options, lock, ports);
    if (backup.isOnlyInVault) await recordRestoredProject(project, ports);
    return outcome;
  });
}

/**
 * Runs `work` under the store's lock, after cleaning up the files of an interrupted restore. Creates the folders of a
 * deleted project again.
 */
export async function withRestoreLock<T>(
  project: Project,
  ports: Ports,
  work: (lock: StoreLock) => Promise<T>,
): Promise<T> {
  prepareStore(project, ports);
  prepareDatabaseFolder(project, ports);
  return await withStoreLock(project.storePath, ports, async (lock) => {
    cleanUpRestore(liveDatabasePath(project, ports), ports);
    return await work(lock);
  });
}

/** Records the new database and store as those of the same project. Otherwise they would count as another project's. */
async function recordRestoredProject(project: Project, ports: Ports): Promise<void> {
  const record = readProjectRecordOrWarn(project.root, 'The restore itself is complete', ports);
  if (record !== undefined) await recordProject(project, record.lastBackup, () => true, ports);
}

function prepareDatabaseFolder(project: Project, ports: Ports): void {
  const path = liveDatabasePath(project, ports);
  const folder = dirname(path);
  try {
    if (ports.files.statSync(path, { throwIfNoEntry: false }) !== undefined) return;
    ports.files.mkdirSync(folder, { recursive: true });
    // Otherwise a power failure could lose the new folders together with the restored database.
    syncFolderAndParents(folder, ports.files);
  } catch (error) {
    throw asBackupError(error, 'create the folder of the database', folder);
  }
}

/** Replaces the live database as planned. Throws without a change if a blocker prevents the restore. */
export async function carryOutRestore(
  project: Project,
  { plan, live, replacement }: PreparedRestore,
  options: RestoreOptions,
  lock: StoreLock,
  ports: Ports,
  rows?: FeatureRows,
): Promise<RestoreOutcome> {
  if (plan.isUnchanged) return { status: 'unchanged', plan };
  refuseIfBlocked(plan.blockers, options.force === true, plan.databasePath);
  // Before the database changes, which may happen while its writers are locked out.
  const vaultKey = live.condition === 'missing' ? undefined : await recordBeforeRestore(project, plan.backup, ports);
  const work = { project, live, replacement, method: plan.method, rows, detail: plan.backup.id, vaultKey, lock };
  return { status: 'restored', plan, ...(await replaceLive(work, ports)) };
}
