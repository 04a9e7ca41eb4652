import type { ErrorDescription, Overview } from '../engine/protocol.js';

/** What the extension knows of one project; replaced as a whole at every change. */
export interface ProjectState {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly name: string;
  /** The newest look that succeeded. */
  readonly overview: Overview | undefined;
  /** Why the newest look failed; undefined when it did not. */
  readonly lookFailure: ErrorDescription | undefined;
  /** The last automatic or asked-for backup, where it failed; forgotten with the next that succeeds. */
  readonly backupFailure: { readonly at: Date; readonly error: ErrorDescription } | undefined;
  /** Since when the live database has differed from the newest backup. */
  readonly changedSince: Date | undefined;
}
