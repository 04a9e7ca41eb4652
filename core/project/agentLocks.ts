import { join } from 'node:path';
import { processStatus, systemErrorCode, readPlainFile, systemOf, type Ports } from '../system/index.js';
import { processName } from './processName.js';
import type { DatabaseHolder } from './project.js';

export interface AgentLocks {
  /** Locks whose owner is running or unknown. */
  readonly running: readonly DatabaseHolder[];
  /** Lock files whose owner has ended. AutoForge removes them at its next start. */
  readonly stale: readonly string[];
}

const LOCK_FOLDERS = ['.autoforge', '.autocoder', ''];
const LOCK_NAMES = ['.agent.lock', '.devserver.lock'];

/**
 * The locks of AutoForge's agents and dev servers, in the three folders that its versions use. An unreadable or invalid
 * lock counts as running, because refusing a restore is cheaper than losing an agent's work.
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
      if (owner && hasEnded(owner, ports)) stale.push(path);
      else running.push({ pid: owner?.pid, command: processName(owner?.pid, ports), evidence: 'agent-lock', path });
    }
  }
  return { running, stale };
}

interface LockOwner {
  readonly pid: number;
  /** Seconds since the epoch; older locks contain only the pid. */
  readonly startedAtSeconds: number | undefined;
}

/** `1234` or `1234:1767225600.25`, as AutoForge's process manager writes it. */
export function parseAgentLock(content: string): LockOwner | undefined {
  const match = /^\s*([1-9]\d{0,9})(?::(\d+(?:\.\d+)?))?\s*$/.exec(content);
  if (!match) return undefined;
  return { pid: Number(match[1]), startedAtSeconds: match[2] === undefined ? undefined : Number(match[2]) };
}

const MAX_LOCK_SIZE_BYTES = 4096;

/** Undefined if missing; empty if unreadable. */
function readLock(path: string, ports: Ports): string | undefined {
  try {
    const file = readPlainFile(path, MAX_LOCK_SIZE_BYTES, ports.files);
    if (file.status === 'missing') return undefined;
    return file.status === 'read' ? file.content.toString('utf8') : '';
  } catch (error) {
    return systemErrorCode(error) === 'ENOTDIR' ? undefined : '';
  }
}

function hasEnded(owner: LockOwner, ports: Ports): boolean {
  if (!systemOf(ports).isRunning(owner.pid)) return true;
  try {
    const status = processStatus(owner.pid, ports.files);
    if (status?.ended === true) return true;
    if (status === undefined || owner.startedAtSeconds === undefined) return false;
    const startedAtSeconds = bootedAtSeconds(ports) + Number(status.startTime) / CLOCK_TICKS_PER_SECOND;
    // If the times differ, the pid was reused. The tolerance covers a clock that was set in the meantime.
    return Math.abs(startedAtSeconds - owner.startedAtSeconds) > 60;
  } catch {
    // The process is running and may be the owner.
    return false;
  }
}

const CLOCK_TICKS_PER_SECOND = 100;

/** When the system booted, in seconds since the epoch; NaN if unknown. */
function bootedAtSeconds({ files }: Ports): number {
  return Number(/^btime (\d+)$/m.exec(files.readFileSync('/proc/stat', 'latin1'))?.[1]);
}
