import { asBackupError, BackupError, withStoreLock, type StoreLock, type Ports } from '../system/index.js';
import type { Project, ReplicationTarget } from '../project/index.js';
import { recordJobResult, checkStore, readCatalog, prepareFolderInStore, REPLICATION_FOLDER } from '../store/index.js';
import type { ReplicateOptions } from './target.js';
import { openTarget, targetNamed } from './openTarget.js';
import { syncTarget, type SyncOutcome } from './syncTarget.js';
import { sweepScratch } from './scratch.js';
import { identifyStore } from './storeIdentity.js';
import { TargetRecords } from './targetRecords.js';

/** The result for one target. */
export interface TargetOutcome extends SyncOutcome {
  readonly name: string;
  readonly place: string;
  /** Undefined if the sync succeeded. */
  readonly problem: BackupError | undefined;
}

export interface ReplicationOutcome {
  /** The name of the project's folder at each target; undefined if no backup exists. */
  readonly key: string | undefined;
  readonly targets: readonly TargetOutcome[];
}

/**
 * Syncs the store to its targets and applies the retention policy of each. A failing target does not stop the others;
 * each result is recorded as the job `replicate:<name>`. The next run continues an interrupted one.
 *
 * Uses its own lock in a folder of the store, so backups are not blocked. Throws `target-not-found`, `store-busy`, and
 * `unsafe-store` if that folder is a link or a file.
 */
export async function replicate(
  project: Project,
  options: ReplicateOptions,
  ports: Ports,
): Promise<ReplicationOutcome> {
  const targets = selectTargets(project, options.target);
  if (checkStore(project, ports) === 'missing') {
    return {
      key: undefined,
      targets: targets.map((target) => ({ ...EMPTY_OUTCOME, ...nameAndPlace(target), problem: undefined })),
    };
  }
  try {
    return await syncToAll(project, targets, options, ports);
  } catch (error) {
    // No target is synced until the user fixes this, so `status` must show it for each.
    if (error instanceof BackupError && error.code === 'unsafe-store' && options.dryRun !== true) {
      for (const { name } of targets) await recordResult(project, { name, problem: error }, ports);
    }
    throw error;
  }
}

async function syncToAll(
  project: Project,
  targets: readonly ReplicationTarget[],
  options: ReplicateOptions,
  ports: Ports,
): Promise<ReplicationOutcome> {
  return await withReplicationLock(project, options, ports, async (lock, folder) => {
    const records = new TargetRecords(project, ports);
    const identity = identifyStore(project, records, ports);
    const outcomes: TargetOutcome[] = [];
    for (const target of targets) {
      const outcome = await syncTo(target);
      if (options.dryRun !== true) await recordResult(project, outcome, ports);
      outcomes.push(outcome);
    }
    // If every target was synced, none of them has a folder of another project under this key.
    const isComplete = options.target === undefined && options.dryRun !== true && outcomes.length > 0;
    if (isComplete && outcomes.every(({ problem }) => problem === undefined)) records.claim(identity.key);
    return { key: identity.key, targets: outcomes };

    async function syncTo(target: ReplicationTarget): Promise<TargetOutcome> {
      // After a failure, the outcome still includes the work done before it.
      let outcome: SyncOutcome = EMPTY_OUTCOME;
      const onProgress = (done: SyncOutcome): void => {
        outcome = done;
      };
      try {
        const opened = openTarget(target, folder, ports);
        const cache = records.cache(target.name, identity.key);
        const problem = await syncTarget({
          project,
          catalog: readCatalog(project, ports),
          target,
          opened,
          identity,
          cache,
          lock,
          options,
          ports,
          onProgress,
        });
        return { ...outcome, ...nameAndPlace(target), problem };
      } catch (error) {
        return {
          ...outcome,
          ...nameAndPlace(target),
          problem: asBackupError(error, 'sync the backups', nameAndPlace(target).place),
        };
      }
    }
  });
}

const EMPTY_OUTCOME: SyncOutcome = {
  copied: [],
  updated: [],
  removed: [],
  segments: [],
  presentCount: 0,
  copiedBytes: 0,
  verifiedCount: undefined,
  damaged: [],
  skipped: [],
};

function selectTargets({ configuration }: Project, name: string | undefined): readonly ReplicationTarget[] {
  return name === undefined ? configuration.targets : [targetNamed(configuration.targets, name)];
}

function nameAndPlace({ name, folder, rclone }: ReplicationTarget): Pick<TargetOutcome, 'name' | 'place'> {
  return { name, place: folder ?? rclone ?? '' };
}

async function withReplicationLock<T>(
  project: Project,
  { lockTimeoutMs }: ReplicateOptions,
  ports: Ports,
  work: (lock: StoreLock, folder: string) => Promise<T>,
): Promise<T> {
  const folder = prepareFolderInStore(project, REPLICATION_FOLDER, ports);
  return await withStoreLock(
    folder,
    ports,
    async (lock) => {
      sweepScratch(folder, ports);
      return await work(lock, folder);
    },
    { timeoutMs: lockTimeoutMs, name: 'the sync to the targets' },
  );
}

/** A failure to record the result does not fail the sync. */
async function recordResult(
  project: Project,
  { name, problem }: Pick<TargetOutcome, 'name' | 'problem'>,
  ports: Ports,
): Promise<void> {
  try {
    await recordJobResult(project, `replicate:${name}`, problem?.message, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Could not record the result of the sync to ${name}: ${error.message}`);
  }
}
