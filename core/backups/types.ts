import type { CheckKind, FeatureCounts } from '../database/types.js';
import type { BackupError } from '../errors.js';
import type { Project } from '../project/types.js';
import type { DatabaseState } from '../snapshot/types.js';

export type TriggerSource = 'mcp' | 'agent-hook' | 'git' | 'editor' | 'watch' | 'schedule' | 'cli' | 'restore';

/** Why a backup is made. */
export interface Trigger {
  readonly source: TriggerSource;
  /** Letters, digits and `_`; anything else becomes `_`; 64 characters at most. */
  readonly reason: string;
  /** The MCP tool about to be called. */
  readonly tool?: string | undefined;
  /** Something short in words: "feature 12". */
  readonly detail?: string | undefined;
  readonly git?: GitPosition | undefined;
}

export interface GitPosition {
  readonly branch: string | null;
  readonly head: string | null;
  /** The newest commit that was made while the backlog was in this state. */
  readonly commit?: string | undefined;
  /** The other commits made in this state, oldest first. */
  readonly earlierCommits?: readonly string[] | undefined;
}

/** One trigger that a stored state stands for. */
export interface BackupEvent {
  /** ISO 8601 with offset. */
  readonly at: string;
  readonly source: TriggerSource;
  readonly reason: string;
  readonly tool?: string | undefined;
  readonly detail?: string | undefined;
}

export interface Verification {
  readonly at: string;
  readonly check: CheckKind;
  readonly ok: boolean;
}

/**
 * A backup's `.json`. The first six keys are those of the original Python tool, so that each reads the other's store.
 * Everything that was not understood is kept in `unknown` and written back.
 */
export interface BackupMetadata {
  readonly timestamp: string;
  readonly reason: string;
  /** Undefined where the features could not be counted: an emergency backup of something damaged. */
  readonly featureCount: number | undefined;
  readonly originalFile: string | undefined;
  readonly originalSizeBytes: number | undefined;
  readonly backupSizeBytes: number | undefined;
  readonly format: number | undefined;
  /**
   * Grows with every backup of a store, so that order survives a clock that was set back: the time in milliseconds, or
   * one more than the newest backup's where the clock says less.
   */
  readonly sequence: number | undefined;
  readonly source: TriggerSource | undefined;
  readonly passingCount: number | undefined;
  readonly inProgressCount: number | undefined;
  /** Of the uncompressed `.db`, hex. */
  readonly sha256: string | undefined;
  readonly verified: Verification | undefined;
  readonly events: readonly BackupEvent[];
  /** How many older events were dropped from `events`, which is bounded. */
  readonly foldedEventCount?: number | undefined;
  readonly git: GitPosition | undefined;
  readonly pinned: boolean;
  /** What the live database's files looked like when this state was last seen. */
  readonly state: DatabaseState | undefined;
  /** Emergency backups: `raw` where no consistent snapshot could be taken. */
  readonly content?: 'database' | 'raw' | undefined;
  /** Emergency backups: what was wrong with the live database; empty where it was sound. */
  readonly problems?: readonly string[] | undefined;
  /** Raw emergency backups: what lies beside the `.db`. */
  readonly sideFiles?: readonly SideFile[] | undefined;
  readonly unknown: Readonly<Record<string, unknown>>;
}

/** A live database's `-wal` or `-journal`, kept as it was beside a raw emergency backup. */
export interface SideFile {
  readonly suffix: SideFileSuffix;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export type SideFileSuffix = '-wal' | '-journal';

export type BackupKind = 'ordinary' | 'emergency';

/** One stored backup, as the catalog lists it. */
export interface Backup {
  /** The file's name without `.db` or `.db.gz`: `features_598_20260125-144600_manual`. */
  readonly id: string;
  readonly kind: BackupKind;
  /** Absolute path of the `.db` or `.db.gz`. */
  readonly path: string;
  readonly compressed: boolean;
  /** When it was made. */
  readonly createdAt: Date;
  readonly reason: string;
  readonly sizeBytes: number;
  /** From the metadata, else from the name; undefined where neither tells. */
  readonly counts: Partial<FeatureCounts>;
  /** `raw`: an emergency backup of files that gave no consistent snapshot; its `-wal` and `-journal` lie beside it. */
  readonly content: 'database' | 'raw';
  /** Undefined where it is missing or unreadable; such a backup can still be restored. */
  readonly metadata: BackupMetadata | undefined;
}

/** The backups of one project, newest first, read from the folder. */
export interface Catalog {
  readonly storePath: string;
  readonly backups: readonly Backup[];
  /** Ordinary ones only. */
  readonly newest: Backup | undefined;
  readonly totalSizeBytes: number;
}

export type BackUpOutcome =
  | {
      readonly status: 'created';
      readonly backup: Backup;
      readonly pruned: readonly Backup[];
      /** Pruning stands still, and why. */
      readonly pruningPaused?: 'database-shrunk' | undefined;
      /** The backup is safe, but the old ones could not be removed. */
      readonly pruneProblem?: BackupError | undefined;
    }
  /** The newest backup already holds this state; the trigger was added to its events. */
  | { readonly status: 'unchanged'; readonly backup: Backup }
  /** The live database does not verify; what there is of it was kept as an emergency backup, and nothing was pruned. */
  | { readonly status: 'damaged'; readonly emergency: Backup; readonly problems: readonly string[] };

export interface VerifyOutcome {
  readonly backup: Backup;
  /** Of an emergency backup of a damaged database: whether it still is, byte for byte, what was saved. */
  readonly ok: boolean;
  /** What was saved is a damaged database: it can be put back as it was, and is nothing to go on with. */
  readonly holdsDamage?: true;
  readonly problems: readonly string[];
  /** Why the result could not be noted in the metadata; the result itself stands. */
  readonly recordProblem?: BackupError | undefined;
}

/** What the live database is like, as far as it decides whether anything may be pruned. */
export type LiveCondition = 'sound' | 'shrunk' | 'damaged' | 'gone';

/** One look at the live database. */
export interface LiveObservation {
  readonly condition: LiveCondition;
  /** Undefined where they could not be counted. */
  readonly counts: FeatureCounts | undefined;
  /** The main file and its write-ahead log. */
  readonly sizeBytes: number | undefined;
  readonly journalMode: 'wal' | 'rollback' | undefined;
  /** What is wrong, in words; empty when it is sound. */
  readonly problems: readonly string[];
  /** Whether it differs from the newest backup. */
  readonly changed: boolean;
}

/** The state of one project at a glance. */
export interface ProjectSummary {
  readonly project: Project;
  /** Undefined where the live database could not be looked at (busy, no permission); `problem` says why. */
  readonly live: LiveObservation | undefined;
  readonly problem: BackupError | undefined;
  readonly newest: Backup | undefined;
  /** The newest backup that verified. */
  readonly lastGood: Backup | undefined;
  readonly backupCount: number;
  readonly emergencyCount: number;
  readonly totalSizeBytes: number;
}

/** Why retention keeps a backup, in its own words. */
export type KeepReason =
  | 'pinned'
  | 'newest-verified'
  | 'last'
  | 'hourly'
  | 'daily'
  | 'weekly'
  | 'emergency'
  | 'database-damaged'
  | 'database-shrunk'
  | 'database-gone';

export interface RetentionPlan {
  readonly keep: readonly { readonly backup: Backup; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly Backup[];
}

export interface CleanUpOutcome {
  readonly plan: RetentionPlan;
  readonly removed: readonly Backup[];
  /** Why some of what was planned is still there. */
  readonly problem: BackupError | undefined;
}

export interface DeleteOptions {
  /** Also what is pinned, or the only backup that verified. */
  readonly force?: boolean | undefined;
}
