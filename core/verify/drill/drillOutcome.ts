import type { Ports, BackupError } from '../../system/index.js';
import type { DrillReader, Backup } from '../../store/index.js';

export interface DrillOptions {
  /**
   * The only backup to drill; by default the newest, the oldest, a random one in between and a random history state.
   */
  readonly backup?: Backup | undefined;
  /** Returns a number from 0 up to but excluding 1; `Math.random` by default. */
  readonly random?: (() => number) | undefined;
  /** The allowed second readers, of which the first available one is used; all by default. */
  readonly readers?: readonly DrillReader[] | undefined;
  /** The time limit of the second reader for one backup; by default it depends on the size. */
  readonly limitMs?: number | undefined;
}

/** Why a backup was drilled. */
export type DrillChoice = 'newest' | 'random' | 'oldest' | 'history' | 'named';

export interface DrilledBackup {
  /** Its metadata contains the result. */
  readonly backup: Backup;
  readonly choice: DrillChoice;
  /** Whether it was restored and opened, and every feature was as expected. */
  readonly ok: boolean;
  /** The second reader besides sql.js; `sql.js` if none was available or used. */
  readonly reader: DrillReader;
  /** Empty if the drill passed. */
  readonly problems: readonly string[];
  /** The environment prevented the drill, so nothing is recorded about the backup. */
  readonly isInconclusive?: true;
  /** Why the result could not be recorded in the metadata; the result itself is valid. */
  readonly recordProblem?: BackupError | undefined;
}

export interface DrillOutcome {
  /** Empty if no backup exists. */
  readonly drilled: readonly DrilledBackup[];
  /** Whether all of them passed. */
  readonly ok: boolean;
  /** Why the run could not be recorded in the store. */
  readonly recordProblem?: BackupError | undefined;
}

/** A request to a second reader. */
export interface ReadingRequest {
  readonly databasePath: string;
  /** From `plainRowsSelect`. */
  readonly select: string;
  readonly limitMs: number;
}

export interface Reading {
  /** Problems with the database. If any were found, `digests` may be incomplete. */
  readonly problems: readonly string[];
  /** See `RowDigests`. */
  readonly digests: Uint8Array;
}

/** A reader of SQLite files other than sql.js. */
export interface SecondReader {
  readonly name: DrillReader;
  /** Throws if it cannot read: `time-limit`, `io`. */
  readonly read: (request: ReadingRequest, ports: Ports) => Promise<Reading>;
}
