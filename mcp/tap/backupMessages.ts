import type { Trigger } from '../../core/store/index.js';

/** A request from the tap's main thread to its backup thread. */
export interface BackupRequest {
  readonly sequence: number;
  readonly trigger: Trigger;
}

/** A failure that the backup thread could not record itself, to be recorded by the next one. */
export interface FailureNote {
  readonly problem: string;
}

/** The threads before this one have ended, and may have left locks that count as held by the tap's process. */
export interface EndedThreadsNote {
  readonly haveThreadsEnded: true;
}

/** The result of a backup. */
export type BackupReport =
  | { readonly status: 'saved' }
  /** The project has no feature database yet. */
  | { readonly status: 'nothing-to-save' }
  | BackupProblem;

export interface BackupProblem {
  /**
   * `missing`: the database is missing, though it has backups. The write may be the first one after a reset, and can
   * lose nothing. `damaged`: the files of the damaged database were saved as an emergency backup.
   */
  readonly status: 'missing' | 'damaged' | 'failed';
  /** Identifies the problem, whose details can differ each time. */
  readonly subject: string;
  /** A sentence for the user or the model. */
  readonly problem: string;
  /** The thread itself failed, so `status` does not report this failure yet. */
  readonly isUnrecorded?: true;
}

export interface BackupReply {
  readonly sequence: number;
  readonly report: BackupReport;
  /** `strict` in the project's configuration. */
  readonly isStrict: boolean;
}

/** Sent as soon as the project is open, in case the thread crashes before it replies. */
export interface StrictnessNote {
  readonly isStrict: boolean;
}

/** The data that the thread starts with. */
export interface BackupThreadData {
  readonly purpose: 'feature-backups-tap';
  readonly project: string | undefined;
}
