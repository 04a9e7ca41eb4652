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
  /** The fingerprint of the files at that moment; undefined if SQLite itself took the snapshot. */
  readonly fingerprint: DatabaseFingerprint | undefined;
  readonly attempts: number;
}

/**
 * The fingerprint of the live files: if it is unchanged and old enough, no new snapshot is needed. Plain JSON values
 * only, because it is stored in a backup's metadata.
 */
export interface DatabaseFingerprint {
  /** The first 100 bytes of the database, hex. */
  readonly header: string;
  readonly sizeBytes: number;
  /** Nanoseconds since the epoch, as decimal digits, because a double would round them. */
  readonly mtimeNs: string;
  /** Null without a write-ahead log. */
  readonly wal: { readonly header: string; readonly sizeBytes: number; readonly mtimeNs: string } | null;
  /** Bytes 0 to 95 of the `-shm`, hex; null if it does not exist. */
  readonly walIndex: string | null;
  readonly hotJournal: boolean;
  /** The time of reading, in milliseconds since the epoch. An mtime less than two seconds older is unreliable. */
  readonly observedAtMs: number;
}

export interface SnapshotOptions {
  /** The time limit for retries; 5,000 by default. */
  readonly timeoutMs?: number;
  /** The maximum size of a database; 1 GiB by default. */
  readonly maxSizeBytes?: number;
  readonly signal?: AbortSignal;
}

export type SnapshotResult = Omit<Snapshot, 'attempts'>;

/** The context shared by the branches of an attempt. */
export interface Attempt {
  readonly evidence: Evidence;
  readonly files: OpenFiles;
  readonly ports: Ports;
  readonly image: GrowingImage;
  readonly checks: AttemptChecks;
  readonly progress: ReadProgress;
}

/** One file as it was observed. */
export interface ObservedFile {
  readonly file: OpenFile;
  readonly stamp: FileStamp;
  /** Its header; shorter if the file is shorter. */
  readonly header: Buffer;
}

/** The files as they were before the database was read. The attempt compares later reads with them. */
export interface Evidence {
  /** The real path: SQLite names the side files after it. */
  readonly path: string;
  readonly database: ObservedFile;
  readonly walIndex: Buffer | undefined;
  readonly wal: ObservedFile | undefined;
  readonly journal: ObservedFile | undefined;
  readonly observedAtMs: number;
}
