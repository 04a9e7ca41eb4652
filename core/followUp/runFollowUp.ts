import { assess } from '../health/index.js';
import { replicate, syncVault, type TargetOutcome } from '../replication/index.js';
import { checkStore, prepareFolderInStore, FOLLOW_UP_FOLDER } from '../store/index.js';
import { asBackupError, BackupError, withStoreLock, type Ports } from '../system/index.js';
import { isVaultSyncPending } from '../vault/index.js';
import { notifyProblems } from '../notify/index.js';
import type { Project } from '../project/index.js';
import { hasChannels } from './startFollowUp.js';
import { canSetPending, isPending, clearPending } from './pendingFlag.js';

export interface FollowUp {
  readonly targets: readonly TargetOutcome[];
  /** Failures, which are not thrown. */
  readonly problems: readonly string[];
}

/**
 * Syncs a project to the vault and its targets, then sends notifications. Only one process does so per project, and it
 * also covers backups made while it runs. Returns undefined if another process is running.
 */
export async function runFollowUp(project: Project, ports: Ports): Promise<FollowUp | undefined> {
  const { targets, notifications } = project.configuration;
  if (targets.length === 0 && !hasChannels(notifications)) {
    return { targets: [], problems: await syncVaultIfPending(project, ports) };
  }
  const folder = prepareLockFolder(project, ports);
  if (typeof folder !== 'string') return await runWithoutLock(folder, project, ports);
  let last: FollowUp | undefined;
  for (;;) {
    const round = await runExclusively(folder, project, ports);
    last = round ?? last;
    // Another process may have set the flag after this one checked it for the last time.
    if (round?.hasClearedFlag !== true || !isPending(project, ports)) return last;
  }
}

/** The folder of the lock. Undefined without a store; an error if the folder cannot be created. */
function prepareLockFolder(project: Project, ports: Ports): string | BackupError | undefined {
  try {
    if (checkStore(project, ports) === 'missing') return undefined;
    return prepareFolderInStore(project, FOLLOW_UP_FOLDER, ports);
  } catch (error) {
    return asBackupError(error, 'lock the follow-up', project.storePath);
  }
}

/** Runs anyway, because the cause of the failure (a full disk, a link in the store) may be the problem to report. */
async function runWithoutLock(reason: BackupError | undefined, project: Project, ports: Ports): Promise<FollowUpRun> {
  clearPending(project, ports);
  const { targets, problems } = await followUp(project, ports);
  const all = reason?.code === 'unsafe-store' ? [reason.message, ...problems] : problems;
  return { targets, problems: all, hasClearedFlag: false };
}

interface FollowUpRun extends FollowUp {
  /** False if the flag could not be cleared. Waiting until it is clear would then never end. */
  readonly hasClearedFlag: boolean;
}

async function runExclusively(folder: string, project: Project, ports: Ports): Promise<FollowUpRun | undefined> {
  const progress = { hasLock: false };
  try {
    return await withStoreLock(
      folder,
      ports,
      async (lock) => {
        progress.hasLock = true;
        for (;;) {
          const hasClearedFlag = clearPending(project, ports);
          const round = { ...(await followUp(project, ports)), hasClearedFlag };
          lock.assertHeld();
          if (!hasClearedFlag || !isPending(project, ports)) return round;
        }
      },
      // Without flags, the running process cannot be asked for another round, so wait for it.
      { timeoutMs: canSetPending(project, ports) ? 0 : undefined, name: 'the work after a backup' },
    );
  } catch (error) {
    if (error instanceof BackupError && error.code === 'store-busy') return undefined;
    if (progress.hasLock) throw error;
    return await runWithoutLock(asBackupError(error, 'lock the follow-up', folder), project, ports);
  }
}

async function followUp(project: Project, ports: Ports): Promise<FollowUp> {
  const problems = [...(await syncVaultIfPending(project, ports))];
  const targets = await syncTargets(project, problems, ports);
  const { notifications } = project.configuration;
  if (hasChannels(notifications)) {
    const reported = await notifyProblems([await assess(project, ports)], notifications, ports);
    problems.push(...reported.problems);
  }
  return { targets, problems };
}

async function syncVaultIfPending(project: Project, ports: Ports): Promise<readonly string[]> {
  if (!isVaultSyncPending(project, ports)) return [];
  const problem = await syncVault(project, ports);
  return problem === undefined ? [] : [`vault: ${problem.message}`];
}

async function syncTargets(project: Project, problems: string[], ports: Ports): Promise<readonly TargetOutcome[]> {
  if (project.configuration.targets.length === 0) return [];
  try {
    const { targets } = await replicate(project, {}, ports);
    for (const { name, problem } of targets) if (problem !== undefined) problems.push(`${name}: ${problem.message}`);
    return targets;
  } catch (error) {
    problems.push(asBackupError(error, 'sync backups to their targets', project.root).message);
    return [];
  }
}
