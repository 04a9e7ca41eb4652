import { isOrdinary, parseIsoTime, type Backup } from '../store/index.js';

/** A backup that was restored in a drill, and held every feature as it should. */
export interface PassedDrill {
  readonly backup: Backup;
  readonly at: Date;
}

/** The newest backup that a drill has restored and proven, unless it was found damaged since. */
export function lastPassedDrill(backups: readonly Backup[]): PassedDrill | undefined {
  for (const backup of backups) {
    const { drilled, verified } = backup.metadata ?? {};
    if (!isOrdinary(backup) || drilled?.ok !== true || verified?.ok === false) continue;
    const at = parseIsoTime(drilled.at);
    if (at !== undefined) return { backup, at };
  }
  return undefined;
}
