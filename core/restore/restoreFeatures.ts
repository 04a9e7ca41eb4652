import { applyFeatures, inspectImage, readFeatureRows, type FeatureRow } from '../database/index.js';
import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { prepareReplacement, type PreparedRestore } from './planRestore.js';
import { examineLiveDatabase } from './examineLiveDatabase.js';
import { readReplacement } from './replacement.js';
import { carryOutRestore, withRestoreLock } from './restoreBackup.js';
import type { FeatureRows } from './replaceLive.js';
import type { RestoreOptions, RestoreOutcome } from './restorePlan.js';

/**
 * Restores individual features, including deleted ones; all other rows and tables remain unchanged. Throws `usage`
 * for ids that the backup does not have.
 */
export async function restoreFeatures(
  project: Project,
  backup: Backup,
  featureIds: readonly number[],
  options: RestoreOptions,
  ports: Ports,
): Promise<RestoreOutcome> {
  if (options.dryRun) {
    const { prepared } = await prepareFeatures(project, backup, featureIds, ports);
    return { status: 'planned', plan: prepared.plan };
  }
  return await withRestoreLock(project, ports, async (lock) => {
    const { prepared, rows } = await prepareFeatures(project, backup, featureIds, ports);
    return await carryOutRestore(project, prepared, options, lock, ports, rows);
  });
}

interface PreparedFeatures {
  readonly prepared: PreparedRestore;
  readonly rows: FeatureRows;
}

async function prepareFeatures(
  project: Project,
  backup: Backup,
  featureIds: readonly number[],
  ports: Ports,
): Promise<PreparedFeatures> {
  const { image, inspection } = await readReplacement(backup, ports);
  if (inspection === undefined) throw noDatabase(backup);
  const rows = await readFeatureRows(image, featureIds);
  refuseUnknown(backup, featureIds, rows);
  const live = await examineLiveDatabase(project, ports);
  if (live.condition !== 'sound' || !live.image) throw liveDatabaseDamaged(live.path, live.problems);
  const merged = (await applyFeatures(live.image, rows)).image;
  const replacement = { image: merged, inspection: await inspectImage(merged, 'integrity_check') };
  const prepared = await prepareReplacement(project, backup, replacement, live, ports);
  return { prepared: markUnchanged(prepared), rows: { image, featureIds } };
}

/** Writing equal rows changes the change counter, so bytes cannot be compared; only features can change here. */
function markUnchanged(prepared: PreparedRestore): PreparedRestore {
  const { comparison } = prepared.plan;
  if (comparison === undefined) return prepared;
  const isUnchanged = comparison.added.length + comparison.removed.length + comparison.changed.length === 0;
  return { ...prepared, plan: { ...prepared.plan, isUnchanged } };
}

function refuseUnknown(backup: Backup, ids: readonly number[], rows: readonly FeatureRow[]): void {
  const knownIds = new Set(rows.map((row) => row.id));
  const missing = ids.filter((id) => !knownIds.has(id));
  if (missing.length === 0 && ids.length > 0) return;
  const message =
    ids.length === 0 ? 'No feature ids were given' : `The backup ${backup.id} has no feature ${missing.join(', ')}`;
  throw new BackupError(message, {
    code: 'usage',
    operation: 'restore individual features',
    path: backup.path,
    hint: 'Compare the backup with the live database to see its features.',
  });
}

function noDatabase(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} contains the raw files of a damaged database`, {
    code: 'backup-damaged',
    operation: 'restore individual features',
    path: backup.path,
    hint: 'Choose an ordinary backup.',
  });
}

function liveDatabaseDamaged(path: string, problems: readonly string[]): BackupError {
  return new BackupError(`Individual features cannot be restored to the live database: ${problems.join('; ')}`, {
    code: 'database-damaged',
    operation: 'restore individual features',
    path,
    hint: 'Restore a complete backup, or salvage the live database.',
  });
}
