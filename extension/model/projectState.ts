import type { DeletedProject, ErrorDescription, Overview } from '../engine/protocol.js';

/** The known facts about one project; immutable, replaced on every change. */
export interface ProjectState {
  /** Absolute path of the project's folder. */
  readonly root: string;
  readonly name: string;
  /** The last successful refresh. */
  readonly overview: Overview | undefined;
  /** Set if the project was deleted, and the vault contains its backups. */
  readonly deleted?: DeletedProject | undefined;
  /** Undefined if the last refresh succeeded. */
  readonly refreshFailure: ErrorDescription | undefined;
  /** The failure of the last backup in this window; cleared by the next success. */
  readonly backupFailure: { readonly at: Date; readonly error: ErrorDescription } | undefined;
  /** Since when the live database has differed from the newest backup. */
  readonly changedSince: Date | undefined;
}
