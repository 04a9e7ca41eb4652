import type { RecordedBackup } from './projectRecord.js';

/**
 * How a project came to be known: AutoForge's registry, the user's configuration, a workspace open in an editor, the
 * record of an earlier backup.
 */
export type ProjectOrigin = 'registry' | 'configured' | 'workspace' | 'recorded';

/** `gone`: there is no such folder; `no-database`: it holds neither a feature database nor backups of one (yet). */
export type KnownProjectStatus = 'present' | 'gone' | 'no-database';

/** A project that work on all projects concerns. */
export interface KnownProject {
  /** Its folder, absolute. */
  readonly root: string;
  /** What the registry calls it, else its folder's name. */
  readonly name: string;
  readonly origins: readonly ProjectOrigin[];
  readonly status: KnownProjectStatus;
  /** What is recorded of its last backup; undefined if no backup is recorded. */
  readonly lastBackup?: RecordedBackup | undefined;
}

export interface ListedProjects {
  readonly projects: readonly KnownProject[];
  /** False where AutoForge's registry or the open workspaces could not be read: projects may be missing. */
  readonly isComplete: boolean;
}
