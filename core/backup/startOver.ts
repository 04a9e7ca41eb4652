import type { FeatureCounts } from '../database/index.js';
import { observeLive, type Acknowledgement } from '../live/index.js';
import type { Project } from '../project/index.js';
import { acknowledgeUnderLock, findShrinkage, type Shrinkage } from '../retention/index.js';
import {
  openStore,
  pinUnderLock,
  readCatalog,
  type Backup,
  type OpenStore,
  type TriggerSource,
} from '../store/index.js';
import { BackupError, type Ports, type StoreLock } from '../system/index.js';
import { createBackup, type AfterBackup, type BackUpOutcome } from './createBackup.js';

/** What starting over would do. */
export interface StartOverPlan {
  /** Undefined if the features cannot be counted. */
  readonly live: FeatureCounts | undefined;
  /** The loss to accept. Undefined: the backlog has not shrunk yet, and its present state would be pinned. */
  readonly shrinkage: Shrinkage | undefined;
}

export interface StartOverOptions {
  /** The feature count shown to the user: further losses are not accepted. That of the live database by default. */
  readonly featureCount?: number | undefined;
  /** The source of the backup and of the pin; `cli` by default. */
  readonly source?: TriggerSource | undefined;
  readonly afterBackup?: AfterBackup | undefined;
}

export type StartOverOutcome =
  /** The present state is backed up, the newest large backup is pinned, and the smaller backlog is accepted. */
  | {
      readonly status: 'accepted';
      readonly backup: Backup;
      readonly pinned: Backup | undefined;
      readonly shrinkage: Shrinkage;
      readonly acknowledgement: Acknowledgement;
    }
  /** The backlog has not shrunk yet. Its present state is backed up and pinned, so that it can be reset. */
  | { readonly status: 'prepared'; readonly backup: Backup };

/** Writes nothing. Throws `database-not-found` or `database-damaged` if the backups cannot be compared. */
export async function planStartOver(project: Project, ports: Ports): Promise<StartOverPlan> {
  const shrinkage = await findShrinkage(project, ports);
  if (shrinkage !== undefined) return { live: shrinkage.live, shrinkage };
  const { counts } = await observeLive(project, readCatalog(project, ports), ports);
  return { live: counts, shrinkage };
}

/**
 * Backs up the present state, pins the newest backup from before the loss, and accepts the smaller backlog, under one
 * lock. Without a loss, pins the present state. After an interruption, running it again finishes: a backup or a pin too
 * many does no harm. Throws like a backup and like `planStartOver`.
 */
export async function startOver(project: Project, options: StartOverOptions, ports: Ports): Promise<StartOverOutcome> {
  const { source = 'cli', featureCount, afterBackup } = options;
  const under: { outcome?: Promise<StartOverOutcome> } = {};
  const beforeUnlock = async (stored: BackUpOutcome, lock: StoreLock): Promise<void> => {
    under.outcome = acceptOrPin(stored, openStore(project, ports, lock), { source, featureCount });
    // The backup itself has succeeded, so it must not be recorded as failed.
    await Promise.allSettled([under.outcome]);
  };
  await createBackup(project, { source, reason: 'before_starting_over' }, ports, { afterBackup, beforeUnlock });
  if (under.outcome === undefined) throw new Error('A finished backup has run its further work');
  return await under.outcome;
}

async function acceptOrPin(
  stored: BackUpOutcome,
  store: OpenStore,
  options: { readonly source: TriggerSource; readonly featureCount: number | undefined },
): Promise<StartOverOutcome> {
  if (stored.status === 'damaged') throw databaseDamaged(store.project, stored.problems);
  const { backup } = stored;
  const accepted = await acknowledgeUnderLock(store, options);
  if (accepted.status === 'acknowledged') return { ...accepted, status: 'accepted', backup };
  const pinned = pinUnderLock(store, backup, { source: options.source, reason: 'kept_before_starting_over' });
  return { status: 'prepared', backup: pinned };
}

function databaseDamaged({ databasePath }: Project, problems: readonly string[]): BackupError {
  return new BackupError(`The live database is damaged: ${problems.join('; ')}`, {
    code: 'database-damaged',
    operation: 'start over',
    path: databasePath,
    hint: 'Its files are saved as an emergency backup. Restore the last good backup first.',
  });
}
