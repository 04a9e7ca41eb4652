import type { CheckKind, FeatureCounts } from '../database/index.js';
import type { DatabaseState } from '../snapshot/index.js';

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

export type BackupKind = 'ordinary' | 'emergency';

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

/** The backups of one project, newest first, read from the folder. */
export interface Catalog {
  readonly storePath: string;
  readonly backups: readonly Backup[];
  /** Ordinary ones only. */
  readonly newest: Backup | undefined;
  readonly totalSizeBytes: number;
}

export function isOrdinary(backup: Backup): boolean {
  return backup.kind === 'ordinary';
}

/**
 * Newest first. The order of two backups depends on nothing but those two, so that it is the same in a whole store and
 * in any part of it. Sequence numbers are times that never run backwards, so they compare with the times of backups
 * that have none (the original Python tool's).
 */
export function newestFirst(one: Backup, other: Backup): number {
  return (
    orderOf(other) - orderOf(one) ||
    other.createdAt.getTime() - one.createdAt.getTime() ||
    (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)
  );
}

/** The sequence number for a backup made now, after all of these. */
export function nextSequence(backups: readonly Backup[], now: Date): number {
  return backups.reduce((highest, backup) => Math.max(highest, orderOf(backup) + 1), now.getTime());
}

/** What the order goes by: the sequence number, or the time where there is none. */
export function orderOf(backup: Backup): number {
  return backup.metadata?.sequence ?? backup.createdAt.getTime();
}

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

export interface HistoryPlace {
  readonly segmentPath: string;
  /** From 0; rebuilding it takes a step for each state before it. */
  readonly index: number;
}

/** The result of reading a backup's `.json`: its metadata, or why they are unknown; neither if no such file exists. */
export interface MetadataReading {
  readonly metadata?: BackupMetadata | undefined;
  readonly problem?: MetadataProblem | undefined;
}
