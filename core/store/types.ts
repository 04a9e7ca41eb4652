import type { CheckKind, FeatureCounts } from '../database/types.js';
import type { BackupError } from '../system/errors.js';
import type { Project } from '../project/types.js';
import type { DatabaseState } from '../snapshot/types.js';
import type { JobRecords } from './jobs.js';

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

/** What a restore drill last found of a backup. */
export interface DrillRecord {
  readonly at: string;
  readonly ok: boolean;
  /** By what it was read besides sql.js; `sql.js` where there was nothing else. */
  readonly reader: DrillReader;
}

export type DrillReader = 'node:sqlite' | 'sqlite3' | 'sql.js';

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
  /** Undefined where it was never drilled. */
  readonly drilled?: DrillRecord | undefined;
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

/** Why the metadata of a backup are unknown although there are some. */
export interface MetadataProblem {
  /** Of the `.json`, absolute. */
  readonly path: string;
  /** `unreadable`: the system refused to read it, and may not tomorrow; `damaged`: a link, a pipe, too large, no JSON. */
  readonly kind: 'unreadable' | 'damaged';
  readonly reason: string;
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
  /** Undefined where it is missing or unknown; such a backup can still be restored. */
  readonly metadata: BackupMetadata | undefined;
  /** Why there is metadata that is not known. Such a backup may be pinned: it is neither pruned nor changed. */
  readonly metadataProblem?: MetadataProblem | undefined;
  /** Where a state of the history lies, which has no file of its own: `path` is then its segment's. */
  readonly history?: HistoryPlace | undefined;
}

export interface HistoryPlace {
  readonly segmentPath: string;
  /** From 0; rebuilding it takes a step for each state before it. */
  readonly index: number;
}

/** The states that retention has taken from the backups and folded into the history. */
export interface History {
  /** Newest first. Each keeps the id of the backup that it was. */
  readonly states: readonly Backup[];
  readonly sizeBytes: number;
  /** What could not be read of it; the states in it are not among `states`. */
  readonly problems: readonly BackupError[];
}

export interface HistorySummary {
  readonly stateCount: number;
  readonly sizeBytes: number;
  /** When the oldest state was made. */
  readonly oldest: Date | undefined;
  /** Segments that could not be read: their states are not counted. Undefined where all could. */
  readonly unreadableCount?: number | undefined;
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
      /** The backup is safe, but the old ones could not be removed, folded into the history, or compressed. */
      readonly pruneProblem?: BackupError | undefined;
    }
  /** The newest backup already holds this state; the trigger was added to its events. */
  | { readonly status: 'unchanged'; readonly backup: Backup }
  /** The live database does not verify; what there is of it was kept as an emergency backup, and nothing was pruned. */
  | { readonly status: 'damaged'; readonly emergency: Backup; readonly problems: readonly string[] };

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
  /** When its files were last written, as far as the system tells. */
  readonly writtenAt?: Date | undefined;
}

/** A backup that was restored in a drill, and held every feature as it should. */
export interface ProvenBackup {
  readonly backup: Backup;
  readonly at: Date;
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
  /** "Last proven restorable": the newest backup that a drill has restored and proven. */
  readonly lastProven: ProvenBackup | undefined;
  readonly backupCount: number;
  readonly emergencyCount: number;
  /** Of the backups whose metadata are unknown: they are kept, whatever retention says. */
  readonly metadataProblems: readonly MetadataProblem[];
  /** Backups that did not verify and were moved aside; they count for nothing else. */
  readonly quarantineCount: number;
  readonly totalSizeBytes: number;
  /** What was folded into the history. */
  readonly history: HistorySummary;
  /** How the jobs that are done with the store last ended. */
  readonly jobs: JobRecords;
  /** Why it is not known how they ended; `jobs` is empty then. */
  readonly jobsProblem?: BackupError | undefined;
  /** Every configured target, in the order of the configuration. */
  readonly replication: readonly TargetState[];
}

/** How copying to one target stands. */
export interface TargetState {
  readonly name: string;
  /** When the target last got everything, ISO 8601; undefined where it never has. */
  readonly lastOkAt: string | undefined;
  /** Since when it fails, and why; undefined where the last run went well. */
  readonly failingSince: string | undefined;
  readonly problem: string | undefined;
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
  | 'metadata-unknown'
  | 'database-damaged'
  | 'database-shrunk'
  | 'database-gone';

export interface RetentionPlan {
  readonly keep: readonly { readonly backup: Backup; readonly reasons: readonly KeepReason[] }[];
  readonly remove: readonly Backup[];
}

/** What a clean-up does. */
export interface CleanUpPlan extends RetentionPlan {
  /** Those of `remove` that go into the history, where they can still be restored from. */
  readonly fold: readonly Backup[];
  /** Those of `keep` that are old enough to be compressed, oldest first. */
  readonly compress: readonly Backup[];
}

export interface CleanUpOutcome {
  readonly plan: CleanUpPlan;
  readonly removed: readonly Backup[];
  readonly compressed: readonly Backup[];
  /** Why some of what was planned was not done. */
  readonly problem: BackupError | undefined;
}

export interface DeleteOptions {
  /** Also what is pinned or may be, and the only backup that verified. */
  readonly force?: boolean | undefined;
}
