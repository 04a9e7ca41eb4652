import type { Ports, BackupError } from '../../system/index.js';
import type { DrillReader, Backup } from '../../store/index.js';

export interface DrillOptions {
  /** Only this one; by default the newest, the oldest and, by chance, one of the others and one state of the history. */
  readonly backup?: Backup | undefined;
  /** Chooses among the others: from 0 to 1, without 1; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
  /** What may be the second reader, the first that is there; all of them by default. */
  readonly readers?: readonly DrillReader[] | undefined;
  /** How long the second reader may take for one backup; by default, what its size allows. */
  readonly limitMs?: number | undefined;
}

/** Why a backup was drilled. */
export type DrillChoice = 'newest' | 'random' | 'oldest' | 'history' | 'named';

export interface DrilledBackup {
  /** As it is noted now. */
  readonly backup: Backup;
  readonly choice: DrillChoice;
  /** It was restored, opened, and held every feature as it should. */
  readonly ok: boolean;
  /** By what it was read besides sql.js; `sql.js` where there was nothing else, or where it did not come to that. */
  readonly reader: DrillReader;
  /** What is wrong, in words; empty where it is proven. */
  readonly problems: readonly string[];
  /** Nothing was found wrong with the backup itself: something kept it from being drilled. Then nothing is noted on it. */
  readonly isInconclusive?: true;
  /** Why the result could not be noted in the metadata; the result itself stands. */
  readonly recordProblem?: BackupError | undefined;
}

export interface DrillOutcome {
  /** Empty where there is no backup yet. */
  readonly drilled: readonly DrilledBackup[];
  /** All of them are proven. */
  readonly ok: boolean;
  /** Why the run could not be noted in the store. */
  readonly recordProblem?: BackupError | undefined;
}

/** What is to be read. */
export interface ReadingOrder {
  readonly databasePath: string;
  /** As `plainRowsSelect` makes it. */
  readonly select: string;
  readonly limitMs: number;
}

export interface Reading {
  /** What it says is wrong with the database; then it has read nothing more. */
  readonly problems: readonly string[];
  /** See `RowDigests`. */
  readonly digests: Uint8Array;
}

/** A reader of SQLite files that is not sql.js. */
export interface SecondReader {
  readonly name: DrillReader;
  /** Throws what kept it from reading: `time-limit`, `io`. */
  readonly read: (order: ReadingOrder, ports: Ports) => Promise<Reading>;
}
