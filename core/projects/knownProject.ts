import type { RecordedBackup } from './recordFile.js';

/**
 * The source of a known project: AutoForge's registry, the user's configuration, a workspace open in an editor, or the
 * record of an earlier backup.
 */
export type ProjectOrigin = 'registry' | 'configured' | 'workspace' | 'recorded';

/** `gone`: the folder is missing; `no-database`: it contains neither a feature database nor backups. */
export type KnownProjectStatus = 'present' | 'gone' | 'no-database';

/** A project of the user, as commands for all projects list it. */
export interface KnownProject {
  /** Absolute. */
  readonly root: string;
  /** The name in the registry, else the folder's name. */
  readonly name: string;
  readonly origins: readonly ProjectOrigin[];
  readonly status: KnownProjectStatus;
  /** The last recorded backup; undefined if none is recorded. */
  readonly lastBackup?: RecordedBackup | undefined;
}

export interface ListedProjects {
  readonly projects: readonly KnownProject[];
  /** False if AutoForge's registry or the open workspaces could not be read. */
  readonly isComplete: boolean;
}
