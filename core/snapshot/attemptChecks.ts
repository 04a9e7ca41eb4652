/** The checks of an attempt. Only the torture test turns any off: one at a time, to show that each is needed. */
export interface AttemptChecks {
  /**
   * Reads the write-ahead log after the database; a checkpoint in between then moves only frames that are still in the
   * log.
   */
  readonly walAfterDatabase: boolean;
  /** The log must not have been restarted or replaced meanwhile. */
  readonly walGeneration: boolean;
  /** Frames count only up to the last commit. */
  readonly walCommitBoundary: boolean;
  /** Determines the database's size when it is read, not when it is opened. */
  readonly sizeWhenRead: boolean;
  /** The rollback journal must belong to the transaction that was running when the database was read. */
  readonly journalIdentity: boolean;
  /** Quiet database: reads it twice and compares. */
  readonly quietSecondRead: boolean;
  /** Quiet database: side files, first page and times must be unchanged. */
  readonly quietUnchanged: boolean;
  /** Quiet database: the system must list no write locks. */
  readonly quietLockProbe: boolean;
}

export const ALL_CHECKS: AttemptChecks = {
  walAfterDatabase: true,
  walGeneration: true,
  walCommitBoundary: true,
  sizeWhenRead: true,
  journalIdentity: true,
  quietSecondRead: true,
  quietUnchanged: true,
  quietLockProbe: true,
};
