import { join } from 'node:path';
import { processStatus, systemErrorCode, readPlainFile, systemOf, type Ports } from '../system/index.js';
import { processName } from './processName.js';
import type { DatabaseHolder } from './project.js';

export interface AgentLocks {
  /** Locks whose owner lives, or cannot be told dead. */
  readonly running: readonly DatabaseHolder[];
  /** Lock files whose owner is gone; AutoForge itself removes them at its next start. */
  readonly stale: readonly string[];
}

const LOCK_FOLDERS = ['.autoforge', '.autocoder', ''];
const LOCK_NAMES = ['.agent.lock', '.devserver.lock'];

/**
 * The locks that AutoForge's agents and dev servers leave in a project, in all three places it has used. A lock that
 * cannot be read or understood counts as running: refusing a restore is cheaper than undoing an agent's work.
 */
export function findAgentLocks(projectRoot: string, ports: Ports): AgentLocks {
  const running: DatabaseHolder[] = [];
  const stale: string[] = [];
  for (const folder of LOCK_FOLDERS) {
    for (const name of LOCK_NAMES) {
      const path = join(projectRoot, folder, name);
      const content = readLock(path, ports);
      if (content === undefined) continue;
      const owner = parseAgentLock(content);
      if (owner && isMissing(owner, ports)) stale.push(path);
      else running.push({ pid: owner?.pid, command: processName(owner?.pid, ports), evidence: 'agent-lock', path });
    }
  }
  return { running, stale };
}

interface LockOwner {
  readonly pid: number;
  /** Seconds since the epoch; older locks hold the pid alone. */
  readonly startedAtSeconds: number | undefined;
}

/** `1234` or `1234:1767225600.25`, as AutoForge's process manager writes them; anything else has no known owner. */
export function parseAgentLock(content: string): LockOwner | undefined {
  const match = /^\s*([1-9]\d{0,9})(?::(\d+(?:\.\d+)?))?\s*$/.exec(content);
  if (!match) return undefined;
  return { pid: Number(match[1]), startedAtSeconds: match[2] === undefined ? undefined : Number(match[2]) };
}

const MAX_LOCK_SIZE_BYTES = 4096;

/** The lock's text, or undefined where there is none. */
function readLock(path: string, ports: Ports): string | undefined {
  try {
    const file = readPlainFile(path, MAX_LOCK_SIZE_BYTES, ports.files);
    if (file.status === 'missing') return undefined;
    return file.status === 'read' ? file.content.toString('utf8') : '';
  } catch (error) {
    return systemErrorCode(error) === 'ENOTDIR' ? undefined : '';
  }
}

function isMissing(owner: LockOwner, ports: Ports): boolean {
  if (!systemOf(ports).isRunning(owner.pid)) return true;
  try {
    const status = processStatus(owner.pid, ports.files);
    if (status?.ended === true) return true;
    if (status === undefined || owner.startedAtSeconds === undefined) return false;
    const startedAtSeconds = bootedAtSeconds(ports) + Number(status.startTime) / CLOCK_TICKS_PER_SECOND;
    // The pid was given to another process since. The tolerance covers a clock that was set meanwhile.
    return Math.abs(startedAtSeconds - owner.startedAtSeconds) > 60;
  } catch {
    // The process is there, and nothing says that it is another one.
    return false;
  }
}

const CLOCK_TICKS_PER_SECOND = 100;

/** When this system started, in seconds since the epoch; NaN where it does not tell. */
function bootedAtSeconds({ files }: Ports): number {
  return Number(/^btime (\d+)$/m.exec(files.readFileSync('/proc/stat', 'latin1'))?.[1]);
}
