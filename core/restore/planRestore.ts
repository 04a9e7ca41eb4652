import { compareFeatures, readFeatures, type FeatureComparison, type Inspection } from '../database/index.js';
import type { Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import type { Backup } from '../store/index.js';
import { findObstacles } from './obstacles.js';
import { examinePresent, type PresentDatabase } from './presentDatabase.js';
import { readReplacement, type VerifiedReplacement } from './replacement.js';
import type { RestorePlan } from './types.js';

/** A plan, with what it was made from. */
export interface PreparedRestore {
  readonly plan: RestorePlan;
  readonly present: PresentDatabase;
  readonly replacement: VerifiedReplacement;
}

/** Finds out what a restore would do, and changes nothing. Throws `backup-damaged` where the backup does not verify. */
export async function planRestore(project: Project, backup: Backup, ports: Ports): Promise<RestorePlan> {
  return (await prepareRestore(project, backup, ports)).plan;
}

export async function prepareRestore(project: Project, backup: Backup, ports: Ports): Promise<PreparedRestore> {
  const replacement = await readReplacement(backup, ports);
  return await prepareReplacement(project, backup, replacement, await examinePresent(project, ports), ports);
}

/** The same, for a replacement that was made from the backup. */
export async function prepareReplacement(
  project: Project,
  backup: Backup,
  replacement: VerifiedReplacement,
  present: PresentDatabase,
  ports: Ports,
): Promise<PreparedRestore> {
  const obstacles = await findObstacles(project, present, replacement.inspection === undefined, ports);
  const plan: RestorePlan = {
    backup,
    databasePath: present.path,
    live: present.condition,
    problems: present.problems,
    comparison: await compare(present, replacement),
    liveCounts: present.inspection?.counts,
    backupCounts: replacement.inspection?.counts,
    isUnchanged: present.condition === 'sound' && present.image?.equals(replacement.image) === true,
    ...obstacles,
  };
  return { plan, present, replacement };
}

async function compare(
  present: PresentDatabase,
  replacement: VerifiedReplacement,
): Promise<FeatureComparison | undefined> {
  if (!present.image || !hasFeatures(present.inspection) || !hasFeatures(replacement.inspection)) return undefined;
  return compareFeatures(await readFeatures(present.image), await readFeatures(replacement.image));
}

function hasFeatures(inspection: Inspection | undefined): boolean {
  return inspection?.shape === 'ok';
}
