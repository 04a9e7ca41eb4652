import type { BackupError } from '../system/errors.js';
import type { QuarantinedBackup } from './quarantine/types.js';
import type { Backup } from '../store/types.js';

export interface VerifyOutcome {
  readonly backup: Backup;
  /** Of an emergency backup of a damaged database: whether it still is, byte for byte, what was saved. */
  readonly ok: boolean;
  /** What was saved is a damaged database: it can be put back as it was, and is nothing to go on with. */
  readonly holdsDamage?: true;
  readonly problems: readonly string[];
  /** Why the result could not be noted in the metadata; the result itself stands. */
  readonly recordProblem?: BackupError | undefined;
  /** It could not be read, which says nothing about it: no permission, a failing disk, a time limit. */
  readonly notExamined?: BackupError | undefined;
  /** Where it lies now, if it was moved aside. */
  readonly quarantined?: QuarantinedBackup | undefined;
  /** Why it is still in its place, though it was to be moved aside. */
  readonly quarantineProblem?: BackupError | undefined;
}

export interface VerifyOptions {
  /** What does not verify is moved into the store's quarantine, out of the catalog. Nothing is deleted. */
  readonly quarantine?: boolean | undefined;
}
