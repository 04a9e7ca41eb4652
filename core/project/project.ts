/** A folder with a feature database. */
export interface Project {
  /** Absolute. */
  readonly root: string;
  /** The live database, absolute; it may be missing. */
  readonly databasePath: string;
  /** The store's folder, absolute; it may not exist yet. */
  readonly storePath: string;
  readonly configuration: Configuration;
}

export interface Configuration {
  /** Relative to the project; undefined = AutoForge's paths, in their order. */
  readonly database: string | undefined;
  /** The store's folder, relative to the project; `.feature_backups` by default. */
  readonly store: string;
  readonly retention: RetentionPolicy;
  /** True: a failed backup also stops the commit or the tool call. */
  readonly strict: boolean;
  readonly compression: CompressionPolicy;
  readonly history: HistoryPolicy;
  readonly schedule: SchedulePolicy;
  /** Only from the user's file, because a project's file could send a backlog anywhere. */
  readonly targets: readonly ReplicationTarget[];
  /** Only from the user's file. */
  readonly notifications: NotificationPolicy;
  /** Folders of more projects, absolute, for commands on all projects. Only from the user's file. */
  readonly projects: readonly string[];
  /** Databases outside their project, behind a link. Only from the user's file. */
  readonly linkedDatabases: readonly LinkedDatabase[];
}

/** Allows the database of one project to be outside of it. */
export interface LinkedDatabase {
  /** The project's folder, absolute. */
  readonly project: string;
  /** The target of the project's link, absolute. */
  readonly database: string;
}

export interface CompressionPolicy {
  /** Backups older than this are stored as `.db.gz`; 7 by default, 0 = never. */
  readonly afterDays: number;
}

export interface HistoryPolicy {
  /** The size limit of one project's history; 64 MiB by default, 0 = no history. */
  readonly maxBytes: number;
}

/** Cron expressions in local time; empty = not scheduled. Run by `watch`, and by the extension while it is open. */
export interface SchedulePolicy {
  /** Backups in addition to those of writes and commits; not scheduled by default. */
  readonly backup: string;
  /** Restore drills; `0 3 * * 0` (Sundays at 3) by default. */
  readonly drill: string;
}

/** Either a folder or an rclone remote. */
export interface ReplicationTarget {
  /** Letters, digits, `-` and `_`. */
  readonly name: string;
  /** Absolute. */
  readonly folder: string | undefined;
  /** A remote with an optional path: `gdrive:backups`. */
  readonly rclone: string | undefined;
  /** Overrides the project's retention at this target. */
  readonly retention: Partial<RetentionPolicy>;
}

export interface NotificationPolicy {
  readonly email: EmailPolicy | undefined;
  /** Receive JSON by POST. */
  readonly webhooks: readonly AddressPolicy[];
  /** For Healthchecks: GET `<address>` if no incident is open, POST `<address>/fail` otherwise. */
  readonly ping: AddressPolicy | undefined;
  /** An unsaved change older than this is a problem; 24 by default, 0 = never. */
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
  /** The environment variable with the password. */
  readonly passwordVariable: string | undefined;
}

/** Either an address, or the environment variable with a secret address. */
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

/** A process that has the live database or a side file open, or an agent's lock. */
export interface DatabaseHolder {
  readonly pid: number | undefined;
  /** The program's name, if known. */
  readonly command: string | undefined;
  /** How it was detected. */
  readonly evidence: 'agent-lock' | 'open-file' | 'sqlite-lock';
  /** The lock file or database file. */
  readonly path: string;
}
