import { compareImages, type FeatureComparison, type Inspection } from '../database/index.js';
import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { findBlockers } from './blockers.js';
import { examineLiveDatabase, type LiveDatabase } from './examineLiveDatabase.js';
import { readReplacement, type VerifiedReplacement } from './replacement.js';
import type { RestorePlan } from './restorePlan.js';

/** A plan with its inputs. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
  readonly live: LiveDatabase;
  readonly replacement: VerifiedReplacement;
}

/** Plans a restore; changes nothing. Throws `backup-damaged` if the backup does not verify. */
export async function planRestore(project: Project, backup: Backup, ports: Ports): Promise<RestorePlan> {
  return (await prepareRestore(project, backup, ports)).plan;
}

export async function prepareRestore(project: Project, backup: Backup, ports: Ports): Promise<PreparedRestore> {
  const replacement = await readReplacement(backup, ports);
  return await prepareReplacement(project, backup, replacement, await examineLiveDatabase(project, ports), ports);
}

/** Like `prepareRestore`, for a replacement derived from the backup. */
export async function prepareReplacement(
  project: Project,
  backup: Backup,
  replacement: VerifiedReplacement,
  live: LiveDatabase,
  ports: Ports,
): Promise<PreparedRestore> {
  const findings = await findBlockers(project, live, replacement.inspection === undefined, ports);
  const plan: RestorePlan = {
    backup,
    databasePath: live.path,
    live: live.condition,
    problems: live.problems,
    comparison: await compare(live, replacement),
    liveCounts: live.inspection?.counts,
    backupCounts: replacement.inspection?.counts,
    isUnchanged: live.condition === 'sound' && live.image?.equals(replacement.image) === true,
    ...findings,
  };
  return { plan, live, replacement };
}

async function compare(live: LiveDatabase, replacement: VerifiedReplacement): Promise<FeatureComparison | undefined> {
  if (!live.image || !hasFeatures(live.inspection) || !hasFeatures(replacement.inspection)) return undefined;
  return await compareImages(live.image, replacement.image);
}

function hasFeatures(inspection: Inspection | undefined): boolean {
  return inspection?.shape === 'ok';
}
