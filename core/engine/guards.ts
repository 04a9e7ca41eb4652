import * as backups from '../backup/index.js';
import type { StartOverOptions, StartOverOutcome, StartOverPlan } from '../backup/index.js';
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
  type ChangeOptions,
  type EngineOptions,
  type ProjectReference,
} from './backups.js';

/**
 * Checks one backup, or all: checksum, SQLite's full check, foreign keys. A damaged one is a result, not an error;
 * `quarantine` moves it out of the catalog. An unreadable one is an error only if it is named.
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
    const unread = outcomes[0]?.readError;
    if (unread !== undefined) throw unread;
    return outcomes;
  });
}

/** For a drill of one backup, or of the newest, the oldest and a random one. */
export interface DrillChoices extends EngineOptions, Omit<DrillOptions, 'backup'> {
  readonly backup?: string | undefined;
}

/**
 * Restores backups into a scratch folder and compares every feature as read by two independent readers: the newest, the
 * oldest and a random one, or the named one. A failed drill marks the backup as damaged; that is a result, not an error.
 */
export async function drill(project?: ProjectReference, options: DrillChoices = {}): Promise<DrillOutcome> {
  const found = await openProject(project, options);
  const { backup: selector, random, readers, limitMs } = options;
  const backup = selector === undefined ? undefined : await findBackup(found, selector, options);
  return await verifying.drill(found, portsOf(options), { backup, random, readers, limitMs });
}

/** The backups that failed verification and were quarantined. The catalog excludes them, and none is deleted. */
export async function listQuarantine(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly QuarantinedBackup[]> {
  return await inProject(project, options, verifying.listQuarantine);
}

/** Which backups a clean-up would keep, and why, and which it would prune, archive or compress. Changes nothing. */
export async function planCleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpPlan> {
  return await inProject(project, options, retention.planCleanUp);
}

/**
 * Prunes by the retention policy, and archives into the history if it is on. Prunes nothing while the live database is
 * damaged, shrunk or missing. Compresses old backups.
 */
export async function cleanUp(project?: ProjectReference, options: EngineOptions = {}): Promise<CleanUpOutcome> {
  return await inProject(project, options, retention.cleanUp);
}

/** The loss of features that has paused pruning; undefined if pruning is not paused. */
export async function findShrinkage(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<Shrinkage | undefined> {
  return await inProject(project, options, retention.findShrinkage);
}

/**
 * Confirms that a loss of features was intentional: pruning continues and the warnings stop. Pins the newest large
 * backup, unless `pin` is false.
 */
export async function acknowledgeShrinkage(
  project?: ProjectReference,
  options: ChangeOptions & AcknowledgeOptions = {},
): Promise<AcknowledgeOutcome> {
  return await inProject(project, options, async (found, ports) => {
    const outcome = await retention.acknowledgeShrinkage(found, options, ports);
    options.afterBackup?.(found, ports);
    return outcome;
  });
}

/** What `startOver` would do now: accept a loss of features, or pin the present state. Changes nothing. */
export async function planStartOver(project?: ProjectReference, options: EngineOptions = {}): Promise<StartOverPlan> {
  return await inProject(project, options, backups.planStartOver);
}

/**
 * For an intended reset of the backlog. After it: backs up the present state, pins the newest large backup, and accepts
 * the smaller backlog. Before it: backs up and pins the present state.
 */
export async function startOver(
  project?: ProjectReference,
  options: EngineOptions & StartOverOptions = {},
): Promise<StartOverOutcome> {
  return await inProject(project, options, (found, ports) => backups.startOver(found, options, ports));
}

/** False if no acknowledgement existed. */
export async function revokeAcknowledgement(project?: ProjectReference, options: ChangeOptions = {}): Promise<boolean> {
  return await inProject(project, options, async (found, ports) => {
    const isRevoked = await retention.revokeAcknowledgement(found, ports);
    options.afterBackup?.(found, ports);
    return isRevoked;
  });
}
