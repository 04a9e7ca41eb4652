/** A folder with a feature database. */
export interface Project {
  /** Absolute. */
  readonly root: string;
  /** The live database, absolute; it may not exist (deleted, or the project was reset). */
  readonly databasePath: string;
  /** The store's folder, absolute; it may not exist yet. */
  readonly storePath: string;
  readonly configuration: Configuration;
}

export interface Configuration {
  /** Path of the live database, relative to the project; undefined = the AutoForge places, in their order. */
  readonly database: string | undefined;
  /** The store's folder, relative to the project; `.feature_backups` by default. */
  readonly store: string;
  readonly retention: RetentionPolicy;
  /** True: what fails in a backup also stops the commit or the tool call. */
  readonly strict: boolean;
}

/** Which backups to keep; 0 switches a rule off. */
export interface RetentionPolicy {
  /** Newest distinct states; 20 by default. */
  readonly keepLast: number;
  readonly keepHourly: number;
  /** 7 by default. */
  readonly keepDaily: number;
  /** 4 by default. */
  readonly keepWeekly: number;
  /** Emergency backups, distinct states; 5 by default. */
  readonly keepEmergency: number;
}

/** A process that holds the live database (or its side files) open, or an agent's lock. */
export interface DatabaseHolder {
  readonly pid: number | undefined;
  /** The program's name, where the system tells. */
  readonly command: string | undefined;
  /** How it shows: an agent's lock file, an open descriptor, an SQLite lock. */
  readonly evidence: 'agent-lock' | 'open-file' | 'sqlite-lock';
  /** The lock file or database file. */
  readonly path: string;
}
