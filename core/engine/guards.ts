import type { AcknowledgeOptions, AcknowledgeOutcome, Shrinkage } from '../retention/index.js';
import type { DrillOptions, DrillOutcome, QuarantinedBackup } from '../verify/index.js';
import * as retention from '../retention/index.js';
import * as verify from '../verify/index.js';
import {
  findBackup,
  inProject,
  openProject,
  portsOf,
  type EngineOptions,
  type ProjectReference,
} from './foundation.js';

/** A drill of one backup that a selector means, or of the newest, the oldest and one of the others. */
export interface DrillChoices extends EngineOptions, Omit<DrillOptions, 'backup'> {
  readonly backup?: string | undefined;
}

/**
 * Proves that backups can be restored, by restoring them into a scratch folder and comparing every feature as two
 * independent readers see it: the newest, the oldest and one of the others, or the one that is named. One that fails
 * counts as damaged from then on; that is a result, not an error.
 */
export async function drill(project?: ProjectReference, options: DrillChoices = {}): Promise<DrillOutcome> {
  const found = await openProject(project, options);
  const { backup: selector, random, readers, limitMs } = options;
  const backup = selector === undefined ? undefined : await findBackup(found, selector, options);
  return await verify.drill(found, portsOf(options), { backup, random, readers, limitMs });
}

/** The backups that did not verify and were moved aside; none of them is in any catalog, and none is ever deleted. */
export async function listQuarantine(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly QuarantinedBackup[]> {
  return await inProject(project, options, verify.listQuarantine);
}

/** What the live database has lost against its backups, as far as pruning stands still for it; undefined where it has not. */
export async function findShrinkage(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<Shrinkage | undefined> {
  return await inProject(project, options, retention.findShrinkage);
}

/**
 * Says that the live database is meant to be as small as it is: pruning goes on, and the warnings stop. The newest of the
 * large backups is pinned, unless `pin` is false.
 */
export async function acknowledgeShrinkage(
  project?: ProjectReference,
  options: EngineOptions & AcknowledgeOptions = {},
): Promise<AcknowledgeOutcome> {
  return await inProject(project, options, (found, ports) => retention.acknowledgeShrinkage(found, options, ports));
}

/** Takes that back; false where there was nothing to take back. */
export async function revokeAcknowledgement(project?: ProjectReference, options: EngineOptions = {}): Promise<boolean> {
  return await inProject(project, options, retention.revokeAcknowledgement);
}
