import { isOrdinary } from '../store/catalog.js';
import { parseIsoTime } from '../store/isoTime.js';
import type { Backup, ProvenBackup } from '../store/types.js';

/** The newest backup that a drill has restored and proven, unless it was found damaged since. */
export function lastProven(backups: readonly Backup[]): ProvenBackup | undefined {
  for (const backup of backups) {
    const { drilled, verified } = backup.metadata ?? {};
    if (!isOrdinary(backup) || drilled?.ok !== true || verified?.ok === false) continue;
    const at = parseIsoTime(drilled.at);
    if (at !== undefined) return { backup, at };
  }
  return undefined;
}
