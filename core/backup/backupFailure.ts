import { BackupError, type BackupErrorCode, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { noteJob, noteJobUnderLock, readJobs, type OpenStore } from '../store/index.js';

/**
 * Notes in the store that a backup failed, and why. At its best: where that cannot be written either, or not at once,
 * nothing is noted, and nothing is thrown.
 */
export async function noteFailure(project: Project, error: unknown, ports: Ports): Promise<void> {
  if (error instanceof BackupError && PASSING_CODES.has(error.code)) return;
  const problem = error instanceof Error ? error.message : String(error);
  try {
    await noteJob(project, 'backup', problem, ports, { timeoutMs: LOCK_TIMEOUT_MS });
  } catch {
    // The failure itself is thrown to the caller, and says more.
  }
}

/** Notes that backups work again, where one had failed. For the holder of the store's lock; throws nothing. */
export function forgetFailure({ project, lock, ports }: OpenStore): void {
  try {
    if (readJobs(project, ports).backup?.ok === false) noteJobUnderLock(project, 'backup', undefined, lock, ports);
  } catch {
    // The backup is safe; that it came after the failure shows all the same.
  }
}

/** Another process is at it just now, or somebody changed his mind: no backup is lost by that. */
const PASSING_CODES: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>(['store-busy', 'cancelled']);

/** An agent or a commit is waiting for the failure. */
const LOCK_TIMEOUT_MS = 200;
