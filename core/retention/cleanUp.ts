import { asBackupError, withStoreLock, type BackupError, type Ports } from '../system/index.js';
import {
  readCatalog,
  openStore,
  checkStore,
  warnOfUnknownMetadata,
  removeBackups,
  type Backup,
  type Catalog,
  type OpenStore,
  type Removal,
} from '../store/index.js';
import type { FeatureCounts } from '../database/index.js';
import { liveDatabasePath, type Project } from '../project/index.js';
import { cleanUpRestoreOrWarn, isShrunk, observeLive, readAcknowledgement } from '../live/index.js';
import { isArchivable, archiveBackups } from '../history/index.js';
import { removeFromVault } from '../vault/index.js';
import { planRetention, type RetentionPlan } from './retention.js';
import { compressBackups, backupsToCompress } from './compressBackups.js';

/** The planned steps of a clean-up. */
export interface CleanUpPlan extends RetentionPlan {
  /** The backups in `remove` that are archived, so they can still be restored. */
  readonly archive: readonly Backup[];
  /** The backups in `keep` that are old enough to be compressed, oldest first. */
  readonly compress: readonly Backup[];
}

export interface CleanUpOutcome {
  readonly plan: CleanUpPlan;
  readonly removed: readonly Backup[];
  readonly compressed: readonly Backup[];
  /** Why the plan was not carried out completely. */
  readonly problem: BackupError | undefined;
}

/** Plans which backups `cleanUp` would keep, remove, archive and compress now, and why. Changes nothing. */
export async function planCleanUp(project: Project, ports: Ports): Promise<CleanUpPlan> {
  return await plan(project, readCatalog(project, ports), ports);
}

/**
 * Prunes the backups that the retention policy does not keep, and compresses old ones. Prunes nothing while the live
 * database is damaged, shrunk or missing.
 */
export async function cleanUp(project: Project, ports: Ports): Promise<CleanUpOutcome> {
  if (checkStore(project, ports) === 'missing') {
    return { plan: EMPTY_PLAN, removed: [], compressed: [], problem: undefined };
  }
  return await withStoreLock(project.storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    cleanUpRestoreOrWarn(liveDatabasePath(project, ports), ports);
    const planned = await plan(project, store.catalog, ports);
    const { removed, problem } = pruneBackups(store, planned.remove);
    const compression = await compressBackups(store, planned.compress);
    return { plan: planned, removed, ...compression, problem: problem ?? compression.problem };
  });
}

const EMPTY_PLAN: CleanUpPlan = { keep: [], remove: [], archive: [], compress: [] };

async function plan(project: Project, catalog: Catalog, ports: Ports): Promise<CleanUpPlan> {
  const { retention, history, compression } = project.configuration;
  warnOfUnknownMetadata(catalog.backups, ports);
  const { condition, acknowledgementProblem } = await observeLive(project, catalog, ports);
  if (acknowledgementProblem !== undefined) throw acknowledgementProblem;
  const { keep, remove } = planRetention(catalog.backups, retention, ports.now(), condition);
  return {
    keep,
    remove,
    archive: remove.filter((backup) => isArchivable(backup, history)),
    compress: backupsToCompress(
      keep.map(({ backup }) => backup),
      compression,
      ports.now(),
    ),
  };
}

/** The result of pruning after a new backup. */
export interface PruneResult {
  readonly pruned: readonly Backup[];
  /** Why pruning is paused. */
  readonly pruningPaused?: 'database-shrunk' | undefined;
  /** Why old backups could not be removed, archived or compressed. The new backup is not affected. */
  readonly pruneProblem?: BackupError | undefined;
}

/**
 * The part of a clean-up that is fast enough while a caller waits. Returns failures, because the backup itself
 * succeeded.
 */
export async function pruneAfterBackup(store: OpenStore, backup: Backup, counts: FeatureCounts): Promise<PruneResult> {
  const { project, ports } = store;
  const backups = [backup, ...store.catalog.backups];
  warnOfUnknownMetadata(backups, ports);
  try {
    if (isShrunk(counts.total, backups, () => readAcknowledgement(project.storePath, ports.files))) {
      return { pruned: [], pruningPaused: 'database-shrunk' };
    }
  } catch (error) {
    return { pruned: [], pruneProblem: asBackupError(error, 'prune old backups', project.storePath) };
  }
  const plan = planRetention(backups, project.configuration.retention, ports.now(), 'sound');
  const { removed, problem } = pruneBackups(store, isWorthPruning(plan) ? plan.remove : []);
  const compressProblem = await compressOldest(
    store,
    plan.keep.map((kept) => kept.backup),
  );
  return { pruned: removed, pruneProblem: problem ?? compressProblem };
}

/**
 * Compresses one small backup only, because an agent may be waiting. Later backups or a clean-up compress the others.
 */
async function compressOldest(store: OpenStore, kept: readonly Backup[]): Promise<BackupError | undefined> {
  const { project, ports } = store;
  const due = backupsToCompress(kept, project.configuration.compression, ports.now())
    .filter(({ sizeBytes }) => sizeBytes <= MAX_QUICK_COMPRESSION_BYTES)
    .slice(0, 1);
  return (await compressBackups(store, due)).problem;
}

const MAX_QUICK_COMPRESSION_BYTES = 8 * 1024 * 1024;

/** Archives or deletes these backups. A backup that cannot be archived is kept. */
function pruneBackups(store: OpenStore, backups: readonly Backup[]): Removal {
  const { project, ports } = store;
  const canBeArchived = (backup: Backup): boolean => isArchivable(backup, project.configuration.history);
  const removal = backups.some(canBeArchived) ? archiveBackups(store, backups) : removeBackups(store, backups);
  try {
    const deleted = removal.removed.filter((backup) => !canBeArchived(backup));
    removeFromVault(project, deleted, ports);
  } catch (error) {
    return { ...removal, problem: removal.problem ?? asBackupError(error, 'prune old backups', project.storePath) };
  }
  return removal;
}

/**
 * Whether a backup also prunes while its caller waits. Removing several backups costs little more than removing one, so
 * up to a quarter more backups than retention keeps may remain, if they are small.
 */
export function isWorthPruning({ keep, remove }: RetentionPlan): boolean {
  const sizeBytes = remove.reduce((sum, backup) => sum + sizeWithSideFiles(backup), 0);
  const keptCount = keep.filter(({ backup }) => backup.kind === 'ordinary').length;
  return remove.length > Math.min(MAX_SURPLUS, Math.floor(keptCount / 4)) || sizeBytes > MAX_SURPLUS_BYTES;
}

function sizeWithSideFiles({ sizeBytes, metadata }: Backup): number {
  return (metadata?.sideFiles ?? []).reduce((sum, side) => sum + side.sizeBytes, sizeBytes);
}

const MAX_SURPLUS = 8;

const MAX_SURPLUS_BYTES = 16 * 1024 * 1024;
