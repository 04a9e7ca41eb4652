import { BackupError, type BackupErrorCode } from '../system/index.js';
import { runTask } from './runTask.js';
import type { CheckOptions } from './tasks/checkTask.js';
import type { CheckKind, CheckResult } from './inspection.js';

/**
 * Lets SQLite check a whole image. What is wrong with it is the result; only what kept it from being checked at all is
 * thrown (`time-limit`).
 */
export async function checkImage(
  image: Buffer,
  kind: CheckKind,
  options: CheckOptions = {},
  limitMs?: number,
): Promise<CheckResult> {
  try {
    return await runTask('check', image, { kind, ...options }, limitMs);
  } catch (error) {
    return asFailedCheck(error, kind);
  }
}

/** `integrity_check` where it takes milliseconds; above that the quicker one, which does not compare indexes with their tables. */
export function checkKindFor(sizeBytes: number): CheckKind {
  return sizeBytes <= THOROUGH_UP_TO_BYTES ? 'integrity_check' : 'quick_check';
}

const THOROUGH_UP_TO_BYTES = 8 * 1024 * 1024;

/** A database that cannot be read at all has failed its check; a time limit or a bug has not to do with its content. */
export function asFailedCheck(error: unknown, kind: CheckKind): CheckResult {
  if (!(error instanceof BackupError) || !DAMAGE.includes(error.code)) throw error;
  return { check: kind, ok: false, problems: [error.message] };
}

const DAMAGE: readonly BackupErrorCode[] = ['database-damaged', 'not-a-database'];
