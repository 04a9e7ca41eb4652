import { compareFeatures, readFeatures, type FeatureComparison, type Inspection } from '../database/index.js';
import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { findBlockers } from './blockers.js';
import { examineCurrent, type CurrentDatabase } from './currentDatabase.js';
import { readReplacement, type VerifiedReplacement } from './replacement.js';
import type { RestorePlan } from './restorePlan.js';

/** A plan with its inputs. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
  readonly current: CurrentDatabase;
  readonly replacement: VerifiedReplacement;
}

/** Plans a restore; changes nothing. Throws `backup-damaged` if the backup does not verify. */
export async function planRestore(project: Project, backup: Backup, ports: Ports): Promise<RestorePlan> {
  return (await prepareRestore(project, backup, ports)).plan;
}

export async function prepareRestore(project: Project, backup: Backup, ports: Ports): Promise<PreparedRestore> {
  const replacement = await readReplacement(backup, ports);
  return await prepareReplacement(project, backup, replacement, await examineCurrent(project, ports), ports);
}

/** Like `prepareRestore`, for a replacement derived from the backup. */
export async function prepareReplacement(
  project: Project,
  backup: Backup,
  replacement: VerifiedReplacement,
  current: CurrentDatabase,
  ports: Ports,
): Promise<PreparedRestore> {
  const blockers = await findBlockers(project, current, replacement.inspection === undefined, ports);
  const plan: RestorePlan = {
    backup,
    databasePath: current.path,
    live: current.condition,
    problems: current.problems,
    comparison: await compare(current, replacement),
    liveCounts: current.inspection?.counts,
    backupCounts: replacement.inspection?.counts,
    isUnchanged: current.condition === 'sound' && current.image?.equals(replacement.image) === true,
    ...blockers,
  };
  return { plan, current, replacement };
}

async function compare(
  current: CurrentDatabase,
  replacement: VerifiedReplacement,
): Promise<FeatureComparison | undefined> {
  if (!current.image || !hasFeatures(current.inspection) || !hasFeatures(replacement.inspection)) return undefined;
  return compareFeatures(await readFeatures(current.image), await readFeatures(replacement.image));
}

function hasFeatures(inspection: Inspection | undefined): boolean {
  return inspection?.shape === 'ok';
}
