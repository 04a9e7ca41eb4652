import type { CheckKind, FeatureCounts } from '../database/index.js';
import type { DatabaseFingerprint } from '../snapshot/index.js';

/** One backup in the store, or one state of the history. */
export interface Backup {
  /** The file's name without `.db` or `.db.gz`: `features_598_20260125-144600_manual`. */
  readonly id: string;
  readonly kind: BackupKind;
  /** Absolute path of the `.db` or `.db.gz`. */
  readonly path: string;
  readonly compressed: boolean;
  /** When the backup was made. */
  readonly createdAt: Date;
  readonly reason: string;
  readonly sizeBytes: number;
  /** From the metadata, else from the file name; undefined if neither contains them. */
  readonly counts: Partial<FeatureCounts>;
  /** `raw`: an emergency backup of files without a consistent snapshot; it has the `-wal` and `-journal` as side files. */
  readonly content: 'database' | 'raw';
  /** Undefined if missing or unknown; such a backup can still be restored. */
  readonly metadata: BackupMetadata | undefined;
  /** Why existing metadata cannot be read. Such a backup may be pinned, so it is neither pruned nor changed. */
  readonly metadataProblem?: MetadataProblem | undefined;
  /** Only for a state of the history. It has no file of its own: `path` is its segment. */
  readonly history?: HistoryPlace | undefined;
  /** It is not in the store, only in the user's vault: `path` is there. */
  readonly isOnlyInVault?: true;
}

export type BackupKind = 'ordinary' | 'emergency';

/**
 * A backup's `.json`. The first six keys are those of the original Python tool, so each tool can read the other's store.
 * `unknown` preserves all other keys when the file is rewritten.
 */
export interface BackupMetadata {
  readonly timestamp: string;
  readonly reason: string;
  /** Undefined if the features could not be counted, as in an emergency backup of a damaged database. */
  readonly featureCount: number | undefined;
  readonly originalFile: string | undefined;
  readonly originalSizeBytes: number | undefined;
  readonly backupSizeBytes: number | undefined;
  readonly format: number | undefined;
  /**
   * Increases with every backup of a store: the time in milliseconds, or one more than the newest backup's if the clock
   * was set back.
   */
  readonly sequence: number | undefined;
  readonly source: TriggerSource | undefined;
  readonly passingCount: number | undefined;
  readonly inProgressCount: number | undefined;
  /** Of the uncompressed `.db`, hex. */
  readonly sha256: string | undefined;
  readonly verified: Verification | undefined;
  /** Undefined if no drill has used this backup. */
  readonly drilled?: DrillRecord | undefined;
  readonly events: readonly BackupEvent[];
  /** The number of older events dropped from the bounded list `events`. */
  readonly foldedEventCount?: number | undefined;
  readonly git: GitPosition | undefined;
  readonly pinned: boolean;
  /** The fingerprint of the live database's files when this state was last seen. */
  readonly state: DatabaseFingerprint | undefined;
  /** Emergency backups: `raw` if no consistent snapshot could be taken. */
  readonly content?: 'database' | 'raw' | undefined;
  /** Emergency backups: what was wrong with the live database; empty if it was intact. */
  readonly problems?: readonly string[] | undefined;
  /** Raw emergency backups: the files beside the `.db`. */
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

/** A pin that cannot be read counts. */
export function mayBePinned({ metadata, metadataProblem }: Backup): boolean {
  return metadata?.pinned === true || metadataProblem !== undefined;
}

export function isOrdinary(backup: Backup): boolean {
  return backup.kind === 'ordinary';
}

/**
 * Newest first. The order of two backups depends on nothing but these two, so any subset of a store sorts the same way.
 * Sequence numbers are times; backups of the original Python tool have none and sort by their time.
 */
export function newestFirst(one: Backup, other: Backup): number {
  return (
    orderOf(other) - orderOf(one) ||
    other.createdAt.getTime() - one.createdAt.getTime() ||
    (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)
  );
}

/** The sequence number for a backup made now, larger than that of every existing backup. */
export function nextSequence(backups: readonly Backup[], now: Date): number {
  return backups.reduce((highest, backup) => Math.max(highest, orderOf(backup) + 1), now.getTime());
}

/** The sort key: the sequence number, or the time if it has none. */
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
  /** A short text, such as "feature 12". */
  readonly detail?: string | undefined;
  readonly git?: GitPosition | undefined;
}

export interface GitPosition {
  readonly branch: string | null;
  readonly head: string | null;
  /** The newest commit made in this state of the backlog. */
  readonly commit?: string | undefined;
  /** The other commits made in this state, oldest first. */
  readonly earlierCommits?: readonly string[] | undefined;
}

/** One trigger that found the live database in this state. */
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

/** The result of the last drill of a backup. */
export interface DrillRecord {
  readonly at: string;
  readonly ok: boolean;
  /** The second reader besides sql.js, or `sql.js` if no other was available. */
  readonly reader: DrillReader;
}

export type DrillReader = 'node:sqlite' | 'sqlite3' | 'sql.js';

/** Why a backup's existing metadata cannot be used. */
export interface MetadataProblem {
  /** The `.json`, absolute. */
  readonly path: string;
  /** `unreadable`: the system refused to read it, perhaps temporarily; `damaged`: a link, a pipe, too large, no JSON. */
  readonly kind: 'unreadable' | 'damaged';
  readonly reason: string;
}

/** The `-wal` or `-journal` of a live database, stored unchanged beside a raw emergency backup. */
export interface SideFile {
  readonly suffix: SideFileSuffix;
  readonly sizeBytes: number;
  readonly sha256: string;
}

export type SideFileSuffix = '-wal' | '-journal';

export interface HistoryPlace {
  readonly segmentPath: string;
  /** From 0; rebuilding takes one step for each earlier state. */
  readonly index: number;
}

/** The result of reading a backup's `.json`: its metadata, or why it is unknown; neither if no such file exists. */
export interface MetadataReading {
  readonly metadata?: BackupMetadata | undefined;
  readonly problem?: MetadataProblem | undefined;
}
