import {
  applyFeatures,
  compareFeatures,
  inspectImage,
  readFeatures,
  salvageFeatures,
  type SalvageResult,
  type SalvagedFeature,
  type Feature,
} from '../database/index.js';
import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { readRemainingBytes } from './remainingBytes.js';
import { prepareReplacement, type PreparedRestore } from './planRestore.js';
import { examineLiveDatabase, type LiveDatabase } from './examineLiveDatabase.js';
import { readReplacement } from './replacement.js';
import { carryOutRestore, withRestoreLock } from './restoreBackup.js';
import type { RestoreOptions, RestoreOutcome, SalvagePlan } from './restorePlan.js';

/**
 * Restores a backup together with the newer or different features that a damaged live database still contains.
 * Blockers, emergency backup and undo are those of every restore. With `dryRun`, only plans.
 */
export async function restoreSalvaged(
  project: Project,
  backup: Backup,
  options: RestoreOptions,
  ports: Ports,
): Promise<RestoreOutcome> {
  if (options.dryRun) return { status: 'planned', plan: (await prepareSalvage(project, backup, ports)).plan };
  return await withRestoreLock(project, ports, async (lock) => {
    return await carryOutRestore(project, await prepareSalvage(project, backup, ports), options, lock, ports);
  });
}

/** Finds the features of the live database that are newer or different from the backup's; changes nothing. */
export async function planSalvage(project: Project, backup: Backup, ports: Ports): Promise<SalvagePlan> {
  return (await mergeSalvagedFeatures(project, backup, ports)).salvage;
}

async function prepareSalvage(project: Project, backup: Backup, ports: Ports): Promise<PreparedRestore> {
  const { salvage, image, live } = await mergeSalvagedFeatures(project, backup, ports);
  const replacement = { image, inspection: await inspectImage(image, 'integrity_check') };
  const prepared = await prepareReplacement(project, backup, replacement, live, ports);
  return { ...prepared, plan: { ...prepared.plan, salvage } };
}

interface SalvagedImage {
  readonly salvage: SalvagePlan;
  /** The backup with the salvaged features merged in. */
  readonly image: Buffer;
  readonly live: LiveDatabase;
}

async function mergeSalvagedFeatures(project: Project, backup: Backup, ports: Ports): Promise<SalvagedImage> {
  const { image, inspection } = await readReplacement(backup, ports);
  if (inspection?.shape !== 'ok') throw noFeatures(backup);
  const live = await examineLiveDatabase(project, ports);
  const bytes = live.image ?? (await readRemainingBytes(live.path, ports));
  const salvaged = bytes ? await salvageFeatures(bytes) : NO_SALVAGE;
  const before = await readFeatures(image);
  const changed = newOrChanged(before, salvaged);
  const merged = changed.filter(({ isUnreliable }) => !isUnreliable);
  const leftOut = changed.filter(({ isUnreliable }) => isUnreliable);
  const rows = merged.map(({ row }) => row);
  const mergedImage = rows.length === 0 ? image : (await applyFeatures(image, rows)).image;
  const gained = compareFeatures(before, await readFeatures(mergedImage));
  return { salvage: { backup, salvaged, gained, merged, leftOut }, image: mergedImage, live };
}

/**
 * Features that the backup lacks or has in another version. Features that only the backup has are kept, because the
 * damage may have lost them.
 */
function newOrChanged(before: readonly Feature[], salvaged: SalvageResult): readonly SalvagedFeature[] {
  const { added, changed } = compareFeatures(
    before,
    salvaged.features.map(({ feature }) => feature),
  );
  const ids = new Set([...added, ...changed].map((feature) => feature.id));
  return salvaged.features.filter(({ feature }) => ids.has(feature.id));
}

const NO_SALVAGE: SalvageResult = {
  features: [],
  unreadablePages: [],
  unreadablePageCount: 0,
  unreadableRowCount: 0,
  columns: 'schema',
};

function noFeatures(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} has no features table`, {
    code: 'features-missing',
    operation: 'salvage the live database',
    path: backup.path,
    hint: 'Choose an ordinary backup, such as the last good one.',
  });
}
