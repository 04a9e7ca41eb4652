import { BackupError, type BackupErrorCode } from '../system/index.js';
import { runTask } from './runTask.js';
import type { CheckOptions } from './tasks/checkTask.js';
import type { CheckKind, CheckResult } from './inspection.js';

/**
 * Checks a whole image with SQLite. Damage is a result, not an error; throws only if the check could not run
 * (`time-limit`).
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

/** `integrity_check` for small images; for larger ones `quick_check`, which does not compare indexes with tables. */
export function checkKindFor(sizeBytes: number): CheckKind {
  return sizeBytes <= MAX_THOROUGH_BYTES ? 'integrity_check' : 'quick_check';
}

const MAX_THOROUGH_BYTES = 8 * 1024 * 1024;

/** An unreadable database has failed its check. A time limit or a bug proves nothing about its content. */
export function asFailedCheck(error: unknown, kind: CheckKind): CheckResult {
  if (!(error instanceof BackupError) || !FAILED_CHECK_CODES.includes(error.code)) throw error;
  return { check: kind, ok: false, problems: [error.message] };
}

const FAILED_CHECK_CODES: readonly BackupErrorCode[] = ['database-damaged', 'not-a-database'];
