import nodeFileSystem from 'node:fs';
import { hostname, uptime } from 'node:os';
import { systemErrorCode } from './errors.js';

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

/** Processes, clocks and chance: everything besides files and the date that differs from run to run. */
export interface System {
  readonly pid: number;
  readonly hostname: () => string;
  readonly isRunning: (pid: number) => boolean;
  /** Milliseconds of a clock that nobody sets. */
  readonly monotonicMs: () => number;
  /** Milliseconds since the system started. */
  readonly uptimeMs: () => number;
  /** From 0 to 1, without 1. Not for secrets. */
  readonly random: () => number;
  readonly pause: (ms: number) => Promise<void>;
}

/** Everything the engine takes from its surroundings, so that tests can hand in their own. */
export interface Ports {
  readonly files: FileSystem;
  /** That of this process by default; see `systemOf`. */
  readonly system?: System;
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
    // EPERM: it runs, as somebody else.
    return systemErrorCode(error) !== 'ESRCH';
  }
}

/** As `performance.now()`, whose module takes a short run a millisecond to load. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

/** Timers count whole milliseconds; less than one is spent in turns of the event loop. */
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
