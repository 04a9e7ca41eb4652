import nodeFileSystem from 'node:fs';
import { hostname, uptime } from 'node:os';
import { systemErrorCode } from './errors.js';
import { filesForRoot, changeOwnerOfNewEntries, type OwnedFolder } from './files/filesForRoot.js';
import { withAccountHome } from './userFolders.js';

/**
 * The file functions that the engine uses. They are synchronous: a snapshot needs the shortest possible time between
 * its reads, and a crash test stops at every single call. Only the sync of an image is asynchronous, because it takes
 * about as long as SQLite's check. Tests wrap `node:fs` to count calls, to make one fail, or to kill the process at
 * one.
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
  | 'fchmodSync'
  | 'fchownSync'
  | 'utimesSync'
  | 'accessSync'
  | 'ftruncateSync'
>;

/** Everything that differs between runs, except files and the date: processes, clocks and random numbers. */
export interface System {
  readonly pid: number;
  readonly hostname: () => string;
  readonly isRunning: (pid: number) => boolean;
  /** Unaffected by changes to the system clock. */
  readonly monotonicMs: () => number;
  /** Since the system booted. */
  readonly uptimeMs: () => number;
  /** From 0 to less than 1. Not for secrets. */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Everything the engine needs from its environment. Tests pass their own. */
export interface Ports {
  readonly files: FileSystem;
  /** Defaults to `realSystem`; see `systemOf`. */
  readonly system?: System;
  readonly now: () => Date;
  /** Environment variables (`PROJECT_DIR`, `FEATURE_BACKUPS_*`, `HOME`). */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Called during long work; `fraction` runs from 0 to 1. `isLong`: the next step reports no progress for a while. */
  readonly onProgress?: (step: string, fraction: number, isLong?: boolean) => void;
  /** Called for problems that stop nothing, such as an unknown key in a configuration file. */
  readonly onWarning?: (warning: string) => void;
  /** Only for root: makes another user the owner of all new entries of a folder. */
  readonly changeOwnerOfNewEntries?: (folder: OwnedFolder) => void;
  /** Called for information that the user should see once, and that is not a problem. */
  readonly onNotice?: (notice: string) => void;
}

/** The real environment of this process. If it has no home folder, uses the account's. */
export function realPorts(): Ports {
  const ports = { now: () => new Date(), environment: withAccountHome(process.env) };
  return process.getuid?.() === 0
    ? { ...ports, files: filesForRoot, changeOwnerOfNewEntries }
    : { ...ports, files: nodeFileSystem };
}

export function systemOf({ system }: Pick<Ports, 'system'>): System {
  return system ?? realSystem;
}

export const realSystem: System = {
  pid: process.pid,
  hostname,
  isRunning,
  monotonicMs,
  uptimeMs: () => uptime() * 1000,
  random: Math.random,
  pause,
};

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it is running as another user.
    return systemErrorCode(error) !== 'ESRCH';
  }
}

/** Like `performance.now()`, whose module takes a millisecond to load. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Timers have a resolution of a millisecond; shorter pauses use turns of the event loop. */
async function pause(ms: number): Promise<void> {
  if (ms >= 1) {
    await new Promise<void>((resolve) => {
      setTimeout(resolve, ms);
    });
    return;
  }
  const endMs = monotonicMs() + ms;
  do {
    await new Promise<void>((resolve) => {
      setImmediate(resolve);
    });
  } while (monotonicMs() < endMs);
}
