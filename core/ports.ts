import nodeFileSystem from 'node:fs';

/**
 * The narrow port through which the engine touches files. It is a subset of Node's own synchronous functions: a
 * snapshot wants the shortest possible window between its reads, and a crash test wants to stop at every single call.
 * Only the sync of an image is asynchronous, for the disk takes about as long for it as SQLite for its check.
 * The real adapter is `node:fs` itself; tests wrap it to count, fail or kill.
 */
export type FileSystem = Pick<
  typeof nodeFileSystem,
  | 'openSync'
  | 'closeSync'
  | 'readSync'
  | 'writeSync'
  | 'fsyncSync'
  | 'fsync'
  | 'fstatSync'
  | 'statSync'
  | 'lstatSync'
  | 'realpathSync'
  | 'readdirSync'
  | 'opendirSync'
  | 'readlinkSync'
  | 'readFileSync'
  | 'mkdirSync'
  | 'linkSync'
  | 'renameSync'
  | 'unlinkSync'
  | 'rmdirSync'
  | 'chmodSync'
  | 'chownSync'
  | 'utimesSync'
  | 'ftruncateSync'
>;

/** Everything the engine takes from its surroundings, so that tests can hand in their own. */
export interface Ports {
  readonly files: FileSystem;
  readonly now: () => Date;
  /** Environment variables (`PROJECT_DIR`, `FEATURE_BACKUPS_*`, `HOME`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Told about long work; `fraction` runs from 0 to 1. `isLong`: what comes next takes a while in which nothing is told. */
  readonly onProgress?: (step: string, fraction: number, isLong?: boolean) => void;
  /** Told what is wrong but stops nothing: an unknown key in a configuration file. */
  readonly onWarning?: (warning: string) => void;
}

/** The real surroundings of this process. */
export function realPorts(): Ports {
  return { files: nodeFileSystem, now: () => new Date(), environment: process.env };
}
