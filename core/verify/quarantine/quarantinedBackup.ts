/** A backup that failed verification and was quarantined with all its files. Nothing in a quarantine is ever deleted. */
export interface QuarantinedBackup {
  /** The name of the backup, with a number if that name already existed in the quarantine. */
  readonly id: string;
  /** Absolute path of the `.db` or `.db.gz`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** When it was moved; undefined if its note is missing or unreadable. */
  readonly at: Date | undefined;
  /** The problems found by the verification. */
  readonly problems: readonly string[];
}
