import * as retention from '../retention/index.js';
import type {
  AcknowledgeOptions,
  AcknowledgeOutcome,
  CleanUpOutcome,
  CleanUpPlan,
  Shrinkage,
} from '../retention/index.js';
import * as verifying from '../verify/index.js';
import type { DrillOptions, DrillOutcome, QuarantinedBackup, VerifyOptions, VerifyOutcome } from '../verify/index.js';
import {
  findBackup,
  inProject,
  openProject,
  portsOf,
  listBackups,
  withBackup,
  type EngineOptions,
  type ProjectReference,
} from './backups.js';

/**
 * Checks one backup, or all of them: checksum, SQLite's full check, foreign keys. A bad one is a result, not an error;
 * `quarantine` moves it out of the catalog. Of all of them, one that cannot be read is a result as well.
 */
export async function verify(
  project?: ProjectReference,
  selector?: string,
  options: EngineOptions & VerifyOptions = {},
): Promise<readonly VerifyOutcome[]> {
  if (selector === undefined) {
    return await inProject(project, options, async (found, ports) => {
      const { backups } = await listBackups(found, options);
      return await verifying.verifyBackups(found, backups, options, ports);
    });
  }
  return await withBackup(project, selector, options, async (found, backup, ports) => {
    const outcomes = await verifying.verifyBackups(found, [backup], options, ports);
    const unread = outcomes[0]?.notExamined;
    if (unread !== undefined) throw unread;
    return outcomes;
  });
}

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
  return await verifying.drill(found, portsOf(options), { backup, random, readers, limitMs });
}

/** The backups that did not verify and were moved aside; none of them is in any catalog, and none is ever deleted. */
export async function listQuarantine(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly QuarantinedBackup[]> {
  return await inProject(project, options, verifying.listQuarantine);
}

/** Which backups a clean-up would keep, and why, and which it would remove, fold or compress; changes nothing. */
export async function planCleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpPlan> {
  return await inProject(project, options, retention.planCleanUp);
}

/**
 * Takes out what the retention policy does not keep, into the history where there is one; nothing while the live database
 * is damaged, shrunk or gone. Compresses what is old.
 */
export async function cleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpOutcome> {
  return await inProject(project, options, retention.cleanUp);
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
