import type { AcknowledgeOptions, AcknowledgeOutcome, Shrinkage } from '../retention/acknowledge.js';
import type { DrillOptions, DrillOutcome } from '../verify/drill/types.js';
import type { QuarantinedBackup } from '../verify/quarantine/types.js';
import { findBackup, openProject, portsOf, type EngineOptions, type ProjectReference } from './foundation.js';

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
  const drilling = await import('../verify/drill/drill.js');
  const { backup: selector, random, readers, limitMs } = options;
  const backup = selector === undefined ? undefined : await findBackup(found, selector, options);
  return await drilling.drill(found, portsOf(options), { backup, random, readers, limitMs });
}

/** The backups that did not verify and were moved aside; none of them is in any catalog, and none is ever deleted. */
export async function listQuarantine(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly QuarantinedBackup[]> {
  const found = await openProject(project, options);
  const quarantine = await import('../verify/quarantine/listQuarantine.js');
  return quarantine.listQuarantine(found, portsOf(options));
}

/** What the live database has lost against its backups, as far as pruning stands still for it; undefined where it has not. */
export async function findShrinkage(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<Shrinkage | undefined> {
  const found = await openProject(project, options);
  const acknowledging = await import('../retention/acknowledge.js');
  return await acknowledging.findShrinkage(found, portsOf(options));
}

/**
 * Says that the live database is meant to be as small as it is: pruning goes on, and the warnings stop. The newest of the
 * large backups is pinned, unless `pin` is false.
 */
export async function acknowledgeShrinkage(
  project?: ProjectReference,
  options: EngineOptions & AcknowledgeOptions = {},
): Promise<AcknowledgeOutcome> {
  const found = await openProject(project, options);
  const acknowledging = await import('../retention/acknowledge.js');
  return await acknowledging.acknowledgeShrinkage(found, options, portsOf(options));
}

/** Takes that back; false where there was nothing to take back. */
export async function revokeAcknowledgement(project?: ProjectReference, options: EngineOptions = {}): Promise<boolean> {
  const found = await openProject(project, options);
  const acknowledging = await import('../retention/acknowledge.js');
  return await acknowledging.revokeAcknowledgement(found, portsOf(options));
}
