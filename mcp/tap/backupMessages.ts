import type { Trigger } from '../../core/store/index.js';

/** A request from the tap's main thread to its backup thread. */
export interface BackupRequest {
  readonly sequence: number;
  readonly trigger: Trigger;
}

/** The result of a backup. `problem` can be shown as it is. */
export type BackupReport =
  | { readonly status: 'saved' }
  /** The project has no feature database yet. */
  | { readonly status: 'nothing-to-save' }
  /** The database is missing, though it has backups. The write may be the first one after a reset, and can lose nothing. */
  | { readonly status: 'missing'; readonly problem: string }
  /** The files of the damaged database were saved as an emergency backup. */
  | { readonly status: 'damaged'; readonly problem: string }
  | { readonly status: 'failed'; readonly problem: string };

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
