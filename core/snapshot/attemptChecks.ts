/**
 * The precautions of an attempt. All are taken, always; the torture test leaves one out at a time to show that each
 * is needed.
 */
export interface AttemptChecks {
  /** Read the write-ahead log after the database: a checkpoint in between moves only frames that are still in it. */
  readonly walAfterDatabase: boolean;
  /** The log may not have been restarted or replaced meanwhile. */
  readonly walGeneration: boolean;
  /** Frames count only up to the last commit. */
  readonly walCommitBoundary: boolean;
  /** The size of the database is asked for when it is read, not when it is opened. */
  readonly sizeWhenRead: boolean;
  /** The rollback journal that was played back is that of the transaction which ran when the database was read. */
  readonly journalIdentity: boolean;
  /** Where nothing seems to be written: read twice and compare. */
  readonly quietSecondRead: boolean;
  /** Where nothing seems to be written: side files, first page and times are as they were. */
  readonly quietUnchanged: boolean;
  /** Where nothing seems to be written: ask the system who is about to. */
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
