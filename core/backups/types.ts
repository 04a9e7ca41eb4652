import type { CheckKind, FeatureCounts } from '../database/types.js';
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
  readonly featureCount: number;
  readonly originalFile: string | undefined;
  readonly originalSizeBytes: number | undefined;
  readonly backupSizeBytes: number | undefined;
  readonly format: number | undefined;
  /** Grows by one with every backup of a store, so that order survives a clock that was set back. */
  readonly sequence: number | undefined;
  readonly source: TriggerSource | undefined;
  readonly passingCount: number | undefined;
  readonly inProgressCount: number | undefined;
  /** Of the uncompressed `.db`, hex. */
  readonly sha256: string | undefined;
  readonly verified: Verification | undefined;
  readonly events: readonly BackupEvent[];
  readonly git: GitPosition | undefined;
  readonly pinned: boolean;
  /** What the live database's files looked like when this state was last seen. */
  readonly state: DatabaseState | undefined;
  readonly unknown: Readonly<Record<string, unknown>>;
}

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
  | { readonly status: 'created'; readonly backup: Backup; readonly pruned: readonly Backup[] }
  /** The newest backup already holds this state; the trigger was added to its events. */
  | { readonly status: 'unchanged'; readonly backup: Backup }
  /** The live database does not verify; what there is of it was kept as an emergency backup, and nothing was pruned. */
  | { readonly status: 'damaged'; readonly emergency: Backup; readonly problems: readonly string[] };

export interface VerifyOutcome {
  readonly backup: Backup;
  readonly ok: boolean;
  readonly problems: readonly string[];
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
