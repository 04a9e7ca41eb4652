import type { CONFIGURATION } from './configurationDefinition.js';
import type { Complete, Layer } from './schema/schema.js';

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

/** The configuration from the user configuration file, the project's file, the environment and flags together. */
export type Configuration = Complete<typeof CONFIGURATION>;

/** The settings of one of these sources; all others come from the sources below it. */
export type ConfigurationLayer = Layer<typeof CONFIGURATION>;

/** Which backups to keep; 0 disables a rule. */
export type RetentionPolicy = Configuration['retention'];
export type CompressionPolicy = Configuration['compression'];
export type HistoryPolicy = Configuration['history'];
export type SchedulePolicy = Configuration['schedule'];
/** A location that receives a copy of every backup: a folder, absolute, or an rclone remote. */
export type ReplicationTarget = Configuration['targets'][number];
export type NotificationPolicy = Configuration['notifications'];
export type EmailPolicy = NonNullable<NotificationPolicy['email']>;
/** An address, or the environment variable that contains it if it is a secret. */
export type AddressPolicy = NonNullable<NotificationPolicy['ping']>;
/** A database outside its project, and the project whose link points to it; both absolute. */
export type LinkedDatabase = Configuration['linkedDatabases'][number];

/** A process that has the live database or its side files open, or has an agent's lock. */
export interface DatabaseHolder {
  readonly pid: number | undefined;
  /** The program's name, if the system reports it. */
  readonly command: string | undefined;
  /** How the process was found: by an agent's lock file, an open descriptor, or an SQLite lock. */
  readonly evidence: 'agent-lock' | 'open-file' | 'sqlite-lock';
  /** The lock file or database file. */
  readonly path: string;
}
