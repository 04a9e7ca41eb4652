import {
  applyFeatures,
  compareFeatures,
  inspectImage,
  readFeatures,
  salvageFeatures,
  type Salvaged,
  type SalvagedFeature,
  type Feature,
} from '../database/index.js';
import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { readBestBytes } from './bestBytes.js';
import { prepareReplacement, type PreparedRestore } from './planRestore.js';
import { examineCurrent, type CurrentDatabase } from './currentDatabase.js';
import { readReplacement } from './replacement.js';
import { carryOut, withRestoreLock } from './restoreBackup.js';
import type { RestoreOptions, RestoreOutcome, SalvagePlan } from './restorePlan.js';

/**
 * Restores a backup together with the features that a damaged live database still holds, newer or other than the
 * backup's. Refusals, emergency backup and undo are those of every restore. With `dryRun`, only says what it would do.
 */
export async function restoreSalvaged(
  project: Project,
  backup: Backup,
  options: RestoreOptions,
  ports: Ports,
): Promise<RestoreOutcome> {
  if (options.dryRun) return { status: 'planned', plan: (await prepareSalvage(project, backup, ports)).plan };
  return await withRestoreLock(project, ports, async (lock) => {
    return await carryOut(project, await prepareSalvage(project, backup, ports), options, lock, ports);
  });
}

/** Says which features of the live database are newer or other than the backup's, and changes nothing. */
export async function planSalvage(project: Project, backup: Backup, ports: Ports): Promise<SalvagePlan> {
  return (await salvageOver(project, backup, ports)).salvage;
}

async function prepareSalvage(project: Project, backup: Backup, ports: Ports): Promise<PreparedRestore> {
  const { salvage, image, present } = await salvageOver(project, backup, ports);
  const replacement = { image, inspection: await inspectImage(image, 'integrity_check') };
  const prepared = await prepareReplacement(project, backup, replacement, present, ports);
  return { ...prepared, plan: { ...prepared.plan, salvage } };
}

interface SalvagedImage {
  readonly salvage: SalvagePlan;
  /** The backup with the salvaged features merged in. */
  readonly image: Buffer;
  readonly present: CurrentDatabase;
}

async function salvageOver(project: Project, backup: Backup, ports: Ports): Promise<SalvagedImage> {
  const { image, inspection } = await readReplacement(backup, ports);
  if (inspection?.shape !== 'ok') throw noFeatures(backup);
  const current = await examineCurrent(project, ports);
  const bytes = current.image ?? (await readBestBytes(current.path, ports));
  const salvaged = bytes ? await salvageFeatures(bytes) : NOTHING;
  const before = await readFeatures(image);
  const changed = changesAgainst(before, salvaged);
  const merged = changed.filter((found) => !found.doubtful);
  const leftOut = changed.filter((found) => found.doubtful);
  const rows = merged.map((found) => found.row);
  const together = rows.length === 0 ? image : (await applyFeatures(image, rows)).image;
  const gained = compareFeatures(before, await readFeatures(together));
  return { salvage: { backup, salvaged, gained, merged, leftOut }, image: together, present: current };
}

/** Features that the backup lacks or has otherwise; one that only the backup has stays, it may be what was lost. */
function changesAgainst(before: readonly Feature[], salvaged: Salvaged): readonly SalvagedFeature[] {
  const { added, changed } = compareFeatures(
    before,
    salvaged.features.map((found) => found.feature),
  );
  const ids = new Set([...added, ...changed].map((feature) => feature.id));
  return salvaged.features.filter((found) => ids.has(found.feature.id));
}

const NOTHING: Salvaged = {
  features: [],
  unreadablePages: [],
  unreadablePageCount: 0,
  unreadableRowCount: 0,
  columns: 'schema',
};

function noFeatures(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} holds no table of features to merge into`, {
    code: 'features-missing',
    operation: 'salvage the live database',
    path: backup.path,
    hint: 'Choose an ordinary backup, for example the last good one.',
  });
}
