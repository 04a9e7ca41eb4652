import type { Salvaged, SalvagedFeature, FeatureComparison, FeatureCounts } from '../database/index.js';
import type { DatabaseHolder } from '../project/index.js';
import type { Backup } from '../store/index.js';

/**
 * How the live database is written. `online`: SQLite itself does it, under its own locks, in one transaction; the only
 * way while anyone has it open. `swap`: files are replaced, by renames; only when nobody has it open.
 */
export type RestoreMethod = 'online' | 'swap';

/**
 * `damaged`: a database that fails SQLite's check. `unreadable`: no consistent snapshot can be taken of it, for example
 * because it is no database any more.
 */
export type CurrentCondition = 'sound' | 'damaged' | 'unreadable' | 'missing';

/** What stands in the way of a restore. */
export interface RestoreBlock {
  readonly code: 'agent-running' | 'database-in-use';
  readonly holders: readonly DatabaseHolder[];
  /** Whether `force` goes past it: always past an agent's lock; past an open database only where there is the online way. */
  readonly isForceable: boolean;
}

/** What a restore would do, found without changing anything. */
export interface RestorePlan {
  readonly backup: Backup;
  /** Where the database is written: the real path, links resolved. */
  readonly databasePath: string;
  readonly live: CurrentCondition;
  /** What is wrong with the live database, in SQLite's words or ours. */
  readonly problems: readonly string[];
  /** What happens to the features: from the live database to the backup. Undefined where either cannot be read. */
  readonly comparison: FeatureComparison | undefined;
  /** Of the live database; undefined where it cannot be read. */
  readonly liveCounts: FeatureCounts | undefined;
  readonly backupCounts: FeatureCounts | undefined;
  /** The live database already is what the backup holds, byte for byte. */
  readonly isUnchanged: boolean;
  readonly way: RestoreMethod;
  /** Empty: a restore may go ahead. */
  readonly blockedBy: readonly RestoreBlock[];
  /** Lock files whose owner is gone; they stop nothing. */
  readonly staleLocks: readonly string[];
  /** Where the features that the live database still holds are merged into the backup. */
  readonly salvage?: SalvagePlan | undefined;
}

/** What the live database still holds that the backup does not. */
export interface SalvagePlan {
  readonly backup: Backup;
  readonly salvaged: Salvaged;
  /** From the backup to the backup with the salvaged features merged in: what salvaging gains. */
  readonly gained: FeatureComparison;
  /** The features that are merged, one by one: new or other than in the backup, and wholly readable. */
  readonly merged: readonly SalvagedFeature[];
  /** New or other too, but not to be trusted: left out, so that they stay as the backup has them. */
  readonly leftOut: readonly SalvagedFeature[];
}

export interface RestoreOptions {
  /** Go ahead while an agent runs or others have the database open; then only the online way is taken. */
  readonly force?: boolean | undefined;
  /** Only plan. */
  readonly dryRun?: boolean | undefined;
}

export type RestoreOutcome =
  | { readonly status: 'planned'; readonly plan: RestorePlan }
  /** The live database already held exactly this; nothing was done. */
  | { readonly status: 'unchanged'; readonly plan: RestorePlan }
  | {
      readonly status: 'restored';
      readonly plan: RestorePlan;
      readonly way: RestoreMethod;
      /** What was there before, to be restored for an undo; undefined where there was nothing. */
      readonly emergency: Backup | undefined;
    };
