import type { Trigger } from '../../core/store/index.js';

/** What the tap's main thread asks of the thread that holds the engine. */
export interface BackupRequest {
  readonly sequence: number;
  readonly trigger: Trigger;
}

/** How a backup ended, in words that can be shown as they are. */
export type BackupReport =
  | { readonly status: 'saved' }
  /** There is no feature database (yet), so nothing can be lost. */
  | { readonly status: 'nothing-to-save' }
  /** There was a database, as its backups show. The write cannot harm it: it may be what a reset project begins with. */
  | { readonly status: 'gone'; readonly problem: string }
  /** What there is of the database was kept as an emergency backup. */
  | { readonly status: 'damaged'; readonly problem: string }
  | { readonly status: 'failed'; readonly problem: string };

export interface BackupReply {
  readonly sequence: number;
  readonly report: BackupReport;
  /** The project's own word on what a failure does: `strict` in its configuration. */
  readonly isStrict: boolean;
}

/** Said as soon as the project is known, so that it is known even when the thread does not live to reply. */
export interface StrictnessNote {
  readonly isStrict: boolean;
}

/** Handed to the thread when it starts. */
export interface BackupThreadData {
  readonly purpose: 'feature-backups-tap';
  readonly project: string | undefined;
}
