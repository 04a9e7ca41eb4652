import { systemErrorCode } from '../errors.js';
import { recordOf } from '../json.js';
import { realSystem, type FileSystem, type System } from '../ports.js';

/** Which process of which machine; enough to tell later whether it is still the same one. */
export interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks since boot (Linux, proc(5), field 22 of stat); null elsewhere. */
  readonly startTime: string | null;
  readonly bootId: string | null;
  /** Process ids of another namespace (a container) mean other processes. */
  readonly pidNamespace: string | null;
  readonly host: string;
  /** Tells machines apart that share a host name. */
  readonly machine: string | null;
}

export function ownIdentity(files: FileSystem, system: System = realSystem): ProcessIdentity {
  const known = OWN.get(files) ?? readUnchanging(files, system);
  OWN.set(files, known);
  return { ...known, host: system.hostname() };
}

type Unchanging = Omit<ProcessIdentity, 'host'>;

/** What never changes while a process lives is asked of the system once; the name of the host may. */
const OWN = new WeakMap<FileSystem, Unchanging>();

/** Throws where this process has run out of descriptors or memory: nulls noted now would pass for another process later. */
function readUnchanging(files: FileSystem, { pid }: System): Unchanging {
  return {
    pid,
    startTime: processStatus('self', files)?.startTime ?? null,
    bootId: readLine('/proc/sys/kernel/random/boot_id', files),
    pidNamespace: pidNamespace(files),
    machine: readLine('/etc/machine-id', files),
  };
}

/** What was written down of an identity; undefined where that is none. Other keys do not matter. */
export function parseProcessIdentity(value: unknown): ProcessIdentity | undefined {
  const { pid, startTime, bootId, pidNamespace, host, machine } = recordOf(value);
  // A pid of 0 or below would ask about a whole process group.
  if (typeof pid !== 'number' || !Number.isInteger(pid) || pid <= 0 || typeof host !== 'string') return undefined;
  if (!isTextOrNull(startTime) || !isTextOrNull(bootId) || !isTextOrNull(pidNamespace) || !isTextOrNull(machine)) {
    return undefined;
  }
  return { pid, startTime, bootId, pidNamespace, host, machine };
}

function isTextOrNull(value: unknown): value is string | null {
  return value === null || typeof value === 'string';
}

/** `unknown`: on another machine or in another container, or this system does not tell; only its age can say. */
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

interface ProcessStatus {
  readonly startTime: string;
  /** Killed, and only waiting for its parent to notice: it will never release anything. */
  readonly ended: boolean;
}

function processStatus(pid: number | 'self', files: FileSystem): ProcessStatus | undefined {
  const text = readLine(`/proc/${pid.toString()}/stat`, files);
  if (text === null) return undefined;
  // The program's name, in brackets, may itself hold blanks and brackets.
  const [state, ...fields] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const startTime = fields[18];
  return startTime === undefined ? undefined : { startTime, ended: state === 'Z' || state === 'X' };
}

function pidNamespace(files: FileSystem): string | null {
  try {
    return files.readlinkSync('/proc/self/ns/pid');
  } catch (error) {
    return nothingUnlessExhausted(error);
  }
}

function readLine(path: string, files: FileSystem): string | null {
  try {
    return files.readFileSync(path, 'latin1').trim();
  } catch (error) {
    return nothingUnlessExhausted(error);
  }
}

/** No such file: not Linux, or the process has just ended. Hidden from us: the same. */
function nothingUnlessExhausted(error: unknown): null {
  if (EXHAUSTED.has(systemErrorCode(error))) throw error;
  return null;
}

const EXHAUSTED: ReadonlySet<string | undefined> = new Set(['EMFILE', 'ENFILE', 'ENOMEM']);
