import { isOrdinary, parseIsoTime, type Backup } from '../store/index.js';

/** A backup whose restore drill found every feature as expected. */
export interface PassedDrill {
  readonly backup: Backup;
  readonly at: Date;
}

/** The newest backup that passed a drill and has not been found damaged since. */
export function lastPassedDrill(backups: readonly Backup[]): PassedDrill | undefined {
  for (const backup of backups) {
    const { drilled, verified } = backup.metadata ?? {};
    if (!isOrdinary(backup) || drilled?.ok !== true || verified?.ok === false) continue;
    const at = parseIsoTime(drilled.at);
    if (at !== undefined) return { backup, at };
  }
  return undefined;
}
