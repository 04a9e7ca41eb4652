import type { Backup } from '../store/index.js';
import type { BackupError } from '../system/index.js';
import type { JobRun } from '../schedule/index.js';

/** An entry of the watcher's log. `root` is the project's path as listed. */
export type WatchEvent =
  | { readonly kind: 'watching'; readonly projects: readonly string[] }
  | { readonly kind: 'project-added' | 'project-removed'; readonly root: string }
  | { readonly kind: 'backed-up'; readonly root: string; readonly backup: Backup }
  | {
      readonly kind: 'damaged';
      readonly root: string;
      readonly emergency: Backup;
      readonly problems: readonly string[];
    }
  | { readonly kind: 'job'; readonly root: string; readonly run: JobRun }
  | { readonly kind: 'copied'; readonly root: string; readonly target: string; readonly count: number }
  /** Reported once until it changes. Without `root`, it affects all projects. */
  | {
      readonly kind: 'trouble';
      readonly root: string | undefined;
      readonly operation: string;
      readonly error: BackupError;
    }
  | { readonly kind: 'trouble-over'; readonly root: string | undefined; readonly operation: string }
  /** The computer slept, or its clock was set. */
  | { readonly kind: 'clock-jumped'; readonly byMs: number }
  | { readonly kind: 'stopping' };

export interface WatchTimes {
  /** A changed database is backed up after this long without a write … */
  readonly quietMs: number;
  /** … and at the latest this long after the first change. */
  readonly maxWaitMs: number;
  /** How often every project is checked, even without file events. */
  readonly passMs: number;
  /** How often the list of projects is read again. */
  readonly listMs: number;
}

export const DEFAULT_WATCH_TIMES: WatchTimes = {
  quietMs: 3000,
  maxWaitMs: 30_000,
  passMs: 60_000,
  listMs: 5 * 60_000,
};
