/** A backup that did not verify and was moved aside, with all its files. Nothing in a quarantine is ever deleted. */
export interface QuarantinedBackup {
  /** Its name there: that of the backup, with a number where one of that name was there before. */
  readonly id: string;
  /** Absolute path of the `.db` or `.db.gz`. */
  readonly path: string;
  readonly sizeBytes: number;
  /** When it was moved; undefined where its note is missing or unreadable. */
  readonly at: Date | undefined;
  /** What was wrong with it, in words. */
  readonly problems: readonly string[];
}
