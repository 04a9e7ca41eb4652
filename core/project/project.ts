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
  readonly compression: CompressionPolicy;
  readonly history: HistoryPolicy;
  readonly schedule: SchedulePolicy;
  /** Where copies go. Only the user's own file may name any: a project's file could send a backlog anywhere. */
  readonly targets: readonly ReplicationTarget[];
  /** Who is told of trouble. Only from the user's own file. */
  readonly notifications: NotificationPolicy;
  /** Folders of further projects, absolute, for what works on all of them. Only from the user's own file. */
  readonly projects: readonly string[];
  /** Databases outside their project that a link of the project leads to. Only from the user's own file. */
  readonly linkedDatabases: readonly LinkedDatabase[];
}

/** The user's word that the database of one project lies outside of it. */
export interface LinkedDatabase {
  /** The project's folder, absolute. */
  readonly project: string;
  /** The file that the project's link leads to, absolute. */
  readonly database: string;
}

export interface CompressionPolicy {
  /** Backups older than this are stored as `.db.gz`; 7 by default, 0 = never. */
  readonly afterDays: number;
}

export interface HistoryPolicy {
  /** The most that one project's history may take; 64 MiB by default, 0 = no history. */
  readonly maxBytes: number;
}

/** Cron expressions in local time; empty = not scheduled. Run by `watch`, and by the extension while it is open. */
export interface SchedulePolicy {
  /** Backups beside those that writes and commits make; not scheduled by default. */
  readonly backup: string;
  /** Restore drills; `0 3 * * 0` (Sundays at 3) by default. */
  readonly drill: string;
}

/** A place that gets a copy of every backup: a folder, or an rclone remote; exactly one of the two is given. */
export interface ReplicationTarget {
  /** Letters, digits, `-` and `_`; what commands and messages call it. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string | undefined;
  /** A remote with an optional path: `gdrive:backups`. */
  readonly rclone: string | undefined;
  /** What is kept there; the project's own retention where it says nothing. */
  readonly retention: Partial<RetentionPolicy>;
}

export interface NotificationPolicy {
  readonly email: EmailPolicy | undefined;
  /** JSON is posted there. */
  readonly webhooks: readonly AddressPolicy[];
  /** Healthchecks-style: this address is asked for when all is well, `<address>/fail` when there is trouble. */
  readonly ping: AddressPolicy | undefined;
  /** A backlog that has changed and had no backup for so long is trouble; 24 by default, 0 = never. */
  readonly overdueAfterHours: number;
}

export interface EmailPolicy {
  readonly from: string;
  readonly to: readonly string[];
  readonly host: string;
  /** By default 465 with `tls`, 587 with `starttls`, 25 with `none`. */
  readonly port: number;
  /** `starttls` by default. */
  readonly security: 'tls' | 'starttls' | 'none';
  readonly user: string | undefined;
  /** The environment variable that holds the password. */
  readonly passwordVariable: string | undefined;
}

/** An address, or the environment variable that holds it where it is itself a secret; exactly one of the two is given. */
export interface AddressPolicy {
  readonly url: string | undefined;
  readonly urlVariable: string | undefined;
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
