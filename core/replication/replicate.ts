import { asBackupError, BackupError, withStoreLock, type StoreLock, type Ports } from '../system/index.js';
import type { Project, ReplicationTarget } from '../project/index.js';
import { noteJob, checkStore, prepareFolderInStore, REPLICATION_FOLDER } from '../store/index.js';
import type { ReplicateOptions } from './target.js';
import { openTarget, targetNamed } from './openTarget.js';
import { syncTarget, type SyncOutcome } from './syncTarget.js';
import { sweepScratch } from './scratch.js';
import { identifyStore } from './storeIdentity.js';
import { TargetMemory } from './targetMemory.js';

/** How it went at one target. */
export interface TargetOutcome extends SyncOutcome {
  readonly name: string;
  readonly place: string;
  /** Undefined where all is well. */
  readonly problem: BackupError | undefined;
}

export interface ReplicationOutcome {
  /** The name of the project's folder at each target; undefined where nothing has been backed up yet. */
  readonly key: string | undefined;
  readonly targets: readonly TargetOutcome[];
}

/**
 * Copies what the targets lack, and lets each keep what its retention says. One target that fails does not hold up the
 * others; how each went is noted as the job `replicate:<name>`. A run that was cut off is taken up by the next.
 *
 * Under a lock of its own, in a folder of the store: backups go on meanwhile. Throws `target-not-found`, `store-busy`,
 * and `unsafe-store` where that folder is a link or a file.
 */
export async function replicate(
  project: Project,
  options: ReplicateOptions,
  ports: Ports,
): Promise<ReplicationOutcome> {
  const targets = chosen(project, options.target);
  if (checkStore(project, ports) === 'missing') {
    return {
      key: undefined,
      targets: targets.map((target) => ({ ...NOTHING, ...nameOf(target), problem: undefined })),
    };
  }
  try {
    return await copyToAll(project, targets, options, ports);
  } catch (error) {
    // Nothing gets to any target until the user does something about it, so `status` shows it at each of them.
    if (error instanceof BackupError && error.code === 'unsafe-store' && options.dryRun !== true) {
      for (const { name } of targets) await note(project, { name, problem: error }, ports);
    }
    throw error;
  }
}

async function copyToAll(
  project: Project,
  targets: readonly ReplicationTarget[],
  options: ReplicateOptions,
  ports: Ports,
): Promise<ReplicationOutcome> {
  return await withReplicationLock(project, options, ports, async (lock, folder) => {
    const memory = new TargetMemory(project, ports);
    const identity = identifyStore(project, memory, ports);
    const outcomes: TargetOutcome[] = [];
    for (const target of targets) {
      const outcome = await replicateTo(target);
      if (options.dryRun !== true) await note(project, outcome, ports);
      outcomes.push(outcome);
    }
    // By now every target has been seen to have no folder of another project under this key.
    const isComplete = options.target === undefined && options.dryRun !== true && outcomes.length > 0;
    if (isComplete && outcomes.every(({ problem }) => problem === undefined)) memory.claim(identity.key);
    return { key: identity.key, targets: outcomes };

    async function replicateTo(target: ReplicationTarget): Promise<TargetOutcome> {
      // What was done before it failed is part of the report.
      let outcome: SyncOutcome = NOTHING;
      const onProgress = (done: SyncOutcome): void => {
        outcome = done;
      };
      try {
        const opened = openTarget(target, folder, ports);
        const cache = memory.cache(target.name, identity.key);
        const problem = await syncTarget({
          project,
          target,
          opened,
          identity,
          cache,
          lock,
          options,
          ports,
          onProgress,
        });
        return { ...outcome, ...nameOf(target), problem };
      } catch (error) {
        return {
          ...outcome,
          ...nameOf(target),
          problem: asBackupError(error, 'copy the backups', nameOf(target).place),
        };
      }
    }
  });
}

const NOTHING: SyncOutcome = {
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

function chosen({ configuration }: Project, name: string | undefined): readonly ReplicationTarget[] {
  return name === undefined ? configuration.targets : [targetNamed(configuration.targets, name)];
}

function nameOf({ name, folder, rclone }: ReplicationTarget): Pick<TargetOutcome, 'name' | 'place'> {
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
    { timeoutMs: lockTimeoutMs },
  );
}

/** The copies are made; that it could not be noted must not undo that. */
async function note(
  project: Project,
  { name, problem }: Pick<TargetOutcome, 'name' | 'problem'>,
  ports: Ports,
): Promise<void> {
  try {
    await noteJob(project, `replicate:${name}`, problem?.message, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`how copying to ${name} went could not be noted: ${error.message}`);
  }
}
