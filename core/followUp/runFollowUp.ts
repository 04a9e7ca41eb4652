import { assess } from '../health/index.js';
import { replicate, type TargetOutcome } from '../replication/index.js';
import { checkStore, prepareFolderInStore, FOLLOW_UP_FOLDER } from '../store/index.js';
import { asBackupError, BackupError, withStoreLock, type Ports } from '../system/index.js';
import { notifyProblems } from '../notify/index.js';
import type { Project } from '../project/index.js';
import { hasChannels } from './startFollowUp.js';
import { canSetPending, isPending, clearPending } from './pendingFlag.js';

/** How following up went; undefined where another process is at it, which takes on what is new. */
export interface FollowUp {
  readonly targets: readonly TargetOutcome[];
  /** What went wrong, in words; nothing of it is thrown. */
  readonly problems: readonly string[];
}

/**
 * What follows a backup: it is copied to every target, and whoever is to be told of trouble is told. One process does so
 * for a project at a time; what becomes new meanwhile is its business too, so that a burst of writes needs no more.
 */
export async function runFollowUp(project: Project, ports: Ports): Promise<FollowUp | undefined> {
  const { targets, notifications } = project.configuration;
  if (targets.length === 0 && !hasChannels(notifications)) return { targets: [], problems: [] };
  const folder = lockFolder(project, ports);
  if (typeof folder !== 'string') return await withoutLock(folder, project, ports);
  let last: FollowUp | undefined;
  for (;;) {
    const round = await asOnlyOne(folder, project, ports);
    last = round ?? last;
    // Somebody may have seen this process at it, when it had already looked for the last time.
    if (round?.hasTakenMark !== true || !isPending(project, ports)) return last;
  }
}

/** The folder of the lock; undefined or why there is none, where this process cannot make sure that it is the only one. */
function lockFolder(project: Project, ports: Ports): string | BackupError | undefined {
  try {
    if (checkStore(project, ports) === 'missing') return undefined;
    return prepareFolderInStore(project, FOLLOW_UP_FOLDER, ports);
  } catch (error) {
    return asBackupError(error, 'lock the follow-up', project.storePath);
  }
}

/** A full or read-only disk, or a link in the store, is what somebody may have to be told of. */
async function withoutLock(why: BackupError | undefined, project: Project, ports: Ports): Promise<FollowUpRun> {
  clearPending(project, ports);
  const { targets, problems } = await followUp(project, ports);
  const all = why?.code === 'unsafe-store' ? [why.message, ...problems] : problems;
  return { targets, problems: all, hasTakenMark: false };
}

interface FollowUpRun extends FollowUp {
  /** False where the mark may stay, and would ask for another round for ever. */
  readonly hasTakenMark: boolean;
}

async function asOnlyOne(folder: string, project: Project, ports: Ports): Promise<FollowUpRun | undefined> {
  const progress = { hasLock: false };
  try {
    return await withStoreLock(
      folder,
      ports,
      async (lock) => {
        progress.hasLock = true;
        for (;;) {
          const hasClearedFlag = clearPending(project, ports);
          const round = { ...(await followUp(project, ports)), hasTakenMark: hasClearedFlag };
          lock.assertHeld();
          if (!hasClearedFlag || !isPending(project, ports)) return round;
        }
      },
      // Without marks, the process that holds the lock cannot be asked to take this on: so wait for it.
      { timeoutMs: canSetPending(project, ports) ? 0 : undefined },
    );
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-busy') return undefined;
    if (progress.hasLock) throw error;
    return await withoutLock(asBackupError(error, 'lock the follow-up', folder), project, ports);
  }
}

async function followUp(project: Project, ports: Ports): Promise<FollowUp> {
  const problems: string[] = [];
  const targets = await copy(project, problems, ports);
  const { notifications } = project.configuration;
  if (hasChannels(notifications)) {
    const reported = await notifyProblems([await assess(project, ports)], notifications, ports);
    problems.push(...reported.problems);
  }
  return { targets, problems };
}

async function copy(project: Project, problems: string[], ports: Ports): Promise<readonly TargetOutcome[]> {
  if (project.configuration.targets.length === 0) return [];
  try {
    const { targets } = await replicate(project, {}, ports);
    for (const { name, problem } of targets) if (problem !== undefined) problems.push(`${name}: ${problem.message}`);
    return targets;
  } catch (error) {
    problems.push(asBackupError(error, 'copy the backups', project.root).message);
    return [];
  }
}
