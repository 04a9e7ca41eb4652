import type { Ports } from '../system/index.js';
import type { FileStamp, OpenFile, OpenFiles } from './openFile.js';
import type { AttemptChecks } from './attemptChecks.js';
import type { GrowingImage } from './growingImage.js';
import type { ReadProgress } from './readDatabase.js';

/** How the snapshot was taken; see docs/snapshot.md. */
export type SnapshotOrigin = 'wal' | 'journal' | 'quiet' | 'sqlite';

/** A consistent, self-contained image of the live database at one moment, in memory. */
export interface Snapshot {
  /** The bytes of a rollback-mode SQLite file (header bytes 18 and 19 are 1). */
  readonly image: Buffer;
  readonly pageSizeBytes: number;
  readonly origin: SnapshotOrigin;
  /** What the files looked like when it was taken; undefined where SQLite itself took it. */
  readonly state: DatabaseState | undefined;
  readonly attempts: number;
}

/**
 * The cheap "nothing has changed" tuple: equal and settled means that no new snapshot is needed. Plain strings and
 * numbers, so that it can stand in a backup's metadata.
 */
export interface DatabaseState {
  /** The first 100 bytes of the database, hex. */
  readonly header: string;
  readonly sizeBytes: number;
  /** Nanoseconds since the epoch, decimal: a double would round them. */
  readonly mtimeNs: string;
  /** Null where there is no write-ahead log. */
  readonly wal: { readonly header: string; readonly sizeBytes: number; readonly mtimeNs: string } | null;
  /** Bytes 0 to 95 of the `-shm`, hex; null where there is none. */
  readonly walIndex: string | null;
  readonly hotJournal: boolean;
  /** When it was observed, milliseconds since the epoch: mtimes within two seconds before it are not to be trusted. */
  readonly observedAtMs: number;
}

export interface SnapshotOptions {
  /** Give up retrying after this long; 5,000 by default. */
  readonly timeoutMs?: number;
  /** Refuse databases above this size; 1 GiB by default. */
  readonly maxSizeBytes?: number;
  readonly signal?: AbortSignal;
}

export type Taken = Omit<Snapshot, 'attempts'>;

/** What the branches of an attempt share. */
export interface Attempt {
  readonly evidence: Evidence;
  readonly files: OpenFiles;
  readonly ports: Ports;
  readonly image: GrowingImage;
  readonly checks: AttemptChecks;
  readonly progress: ReadProgress;
}

/** The state of one file when it was observed. */
export interface Observed {
  readonly file: OpenFile;
  readonly stamp: FileStamp;
  /** Its first bytes: as many as its header has, fewer where the file is shorter. */
  readonly header: Buffer;
}

/** How everything looked before the database was read: what an attempt holds its findings against. */
export interface Evidence {
  /** The real path: SQLite names the side files after it. */
  readonly path: string;
  readonly database: Observed;
  readonly walIndex: Buffer | undefined;
  readonly wal: Observed | undefined;
  readonly journal: Observed | undefined;
  readonly observedAtMs: number;
}
