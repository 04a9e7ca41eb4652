import type { SalvageResult, SalvagedFeature, FeatureComparison, FeatureCounts } from '../database/index.js';
import type { DatabaseHolder } from '../project/index.js';
import type { Backup } from '../store/index.js';

/**
 * How the live database is written. `online`: by SQLite itself, in one transaction under its own locks; required while
 * any process has it open. `swap`: by renaming files; only while no process has it open.
 */
export type RestoreMethod = 'online' | 'swap';

/**
 * `damaged`: it fails SQLite's check, or the check exceeds its time limit. `unreadable`: no consistent snapshot can be
 * taken, for example because it is not a database.
 */
export type LiveDatabaseCondition = 'sound' | 'damaged' | 'unreadable' | 'missing';

/** A process or lock that prevents a restore. */
export interface RestoreBlocker {
  readonly code: 'agent-running' | 'database-in-use';
  readonly holders: readonly DatabaseHolder[];
  /** Whether `force` overrides it: always for an agent's lock, for an open database only with the online method. */
  readonly isForceable: boolean;
}

/** The effects of a restore, determined in advance. */
export interface RestorePlan {
  readonly backup: Backup;
  /** The path of the database to write, links resolved. */
  readonly databasePath: string;
  readonly live: LiveDatabaseCondition;
  /** The problems with the live database. */
  readonly problems: readonly string[];
  /** The changes from the live database to the backup. Undefined if either cannot be read. */
  readonly comparison: FeatureComparison | undefined;
  /** Undefined if the live database cannot be read. */
  readonly liveCounts: FeatureCounts | undefined;
  readonly backupCounts: FeatureCounts | undefined;
  /** The live database already equals the backup, byte for byte. */
  readonly isUnchanged: boolean;
  readonly method: RestoreMethod;
  /** Empty: the restore is possible. */
  readonly blockers: readonly RestoreBlocker[];
  /** Lock files without a running owner, which do not prevent a restore. */
  readonly staleLocks: readonly string[];
  /** Set if salvaged features of the live database are merged into the backup. */
  readonly salvage?: SalvagePlan | undefined;
}

/** The features that the live database still contains and the backup lacks. */
export interface SalvagePlan {
  readonly backup: Backup;
  readonly salvaged: SalvageResult;
  /** The changes that salvaging makes to the backup. */
  readonly gained: FeatureComparison;
  /** The merged features: new or different from the backup's, and completely readable. */
  readonly merged: readonly SalvagedFeature[];
  /** Also new or different, but unreliable: these keep the backup's version. */
  readonly leftOut: readonly SalvagedFeature[];
}

export interface RestoreOptions {
  /** Restores even if an agent is running or, with the online method, if a process has the database open. */
  readonly force?: boolean | undefined;
  /** Only plans. */
  readonly dryRun?: boolean | undefined;
}

export type RestoreOutcome =
  | { readonly status: 'planned'; readonly plan: RestorePlan }
  /** The live database already had exactly this content. */
  | { readonly status: 'unchanged'; readonly plan: RestorePlan }
  | {
      readonly status: 'restored';
      readonly plan: RestorePlan;
      readonly method: RestoreMethod;
      /** The previous database, which an undo restores; undefined if none existed. */
      readonly emergency: Backup | undefined;
    };
