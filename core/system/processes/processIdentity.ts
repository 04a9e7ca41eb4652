import { systemErrorCode } from '../errors.js';
import { asRecord } from '../json.js';
import { realSystem, type FileSystem, type System } from '../ports.js';

/** Identifies a process across machines and reboots. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot (Linux, proc(5), field 22 of stat); null elsewhere. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /** Process ids are only valid in one namespace (container). */
  readonly pidNamespace: string | null;
  readonly host: string;
  /** Distinguishes machines with the same host name. */
  readonly machine: string | null;
}

export function ownIdentity(files: FileSystem, system: System = realSystem): ProcessIdentity {
  const known = OWN_IDENTITIES.get(files) ?? readFixedIdentity(files, system);
  OWN_IDENTITIES.set(files, known);
  return { ...known, host: system.hostname() };
}

type FixedIdentity = Omit<ProcessIdentity, 'host'>;

/** Read once. The host name is not included, because it can change. */
const OWN_IDENTITIES = new WeakMap<FileSystem, FixedIdentity>();

/** Throws if this process has run out of descriptors or memory, because recorded nulls would identify another process. */
function readFixedIdentity(files: FileSystem, { pid }: System): FixedIdentity {
  return {
    pid,
    startTime: processStatus('self', files)?.startTime ?? null,
    bootId: readLine('/proc/sys/kernel/random/boot_id', files),
    pidNamespace: pidNamespace(files),
    machine: readLine('/etc/machine-id', files),
  };
}

/** Parses a recorded identity; undefined if invalid. Ignores other keys. */
export function parseProcessIdentity(value: unknown): ProcessIdentity | undefined {
  const { pid, startTime, bootId, pidNamespace, host, machine } = asRecord(value);
  // A pid of 0 or below would address a process group.
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
  if (!isTextOrNull(startTime) || !isTextOrNull(bootId) || !isTextOrNull(pidNamespace) || !isTextOrNull(machine)) {
    return undefined;
  }
  return { pid, startTime, bootId, pidNamespace, host, machine };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** `unknown`: on another machine, in another container, or not reported by this system. */
export type Liveness = 'alive' | 'dead' | 'unknown';

export function livenessOf(
  other: ProcessIdentity,
  own: ProcessIdentity,
  files: FileSystem,
  system: System = realSystem,
): Liveness {
  if (other.host !== own.host || other.machine !== own.machine) return 'unknown';
  if (other.bootId !== null && own.bootId !== null && other.bootId !== own.bootId) return 'dead';
  if (other.pidNamespace !== own.pidNamespace) return 'unknown';
  if (!system.isRunning(other.pid)) return 'dead';
  if (other.startTime === null) return 'unknown';
  const status = processStatus(other.pid, files);
  // Other users' processes may be hidden.
  if (status === undefined) return 'unknown';
  return status.startTime === other.startTime && !status.ended ? 'alive' : 'dead';
}

export interface ProcessStatus {
  /** Clock ticks since boot (proc(5): stat, field 22). */
  readonly startTime: string;
  /** A zombie, which will never release anything. */
  readonly ended: boolean;
}

/** Undefined if the process is missing or not reported. Throws like `ownIdentity`. */
export function processStatus(pid: number | 'self', files: FileSystem): ProcessStatus | undefined {
  const text = readLine(`/proc/${pid.toString()}/stat`, files);
  if (text === null) return undefined;
  // The program's name, in parentheses, may contain blanks and parentheses.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  return startTime === undefined ? undefined : { startTime, ended: state === 'Z' || state === 'X' };
}

function pidNamespace(files: FileSystem): string | null {
  try {
    return files.readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return nullUnlessExhausted(error);
  }
}

function readLine(path: string, files: FileSystem): string | null {
  try {
    return files.readFileSync(path, 'latin1').trim();
  } catch (error) {
    return nullUnlessExhausted(error);
  }
}

/** Null if the file is missing or hidden: not Linux, another user's process, or one that has just ended. */
function nullUnlessExhausted(error: unknown): null {
  if (EXHAUSTED.has(systemErrorCode(error))) throw error;
  return null;
}

const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);
