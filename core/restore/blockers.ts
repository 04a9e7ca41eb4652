import { BackupError, systemOf, type Ports } from '../system/index.js';
import {
  findAgentLocks,
  findHolders,
  type DatabaseHolders,
  type DatabaseHolder,
  type Project,
} from '../project/index.js';
import { findNodeSqlite } from '../snapshot/index.js';
import type { LiveDatabase } from './examineLiveDatabase.js';
import type { RestoreBlocker, RestoreMethod } from './restorePlan.js';

/** What prevents a restore, and which method it would use. */
export interface BlockerFindings {
  readonly method: RestoreMethod;
  readonly blockers: readonly RestoreBlocker[];
  readonly staleLocks: readonly string[];
}

export async function findBlockers(
  project: Project,
  live: LiveDatabase,
  isRaw: boolean,
  ports: Ports,
): Promise<BlockerFindings> {
  const locks = findAgentLocks(project.root, ports);
  const { holders, certain } = await findStableHolders(live.path, ports);
  const method = chooseMethod(live, isRaw, holders.length === 0 && certain);
  const blockers: RestoreBlocker[] = [];
  if (locks.running.length > 0) {
    blockers.push({ code: 'agent-running', holders: locks.running, isForceable: true });
  }
  if (holders.length > 0) {
    // A swap cannot separate processes from a database that has already been deleted.
    const isForceable = method === 'online' || live.condition === 'missing';
    blockers.push({ code: 'database-in-use', holders, isForceable });
  }
  return { method, blockers, staleLocks: locks.stale };
}

/**
 * `online` if possible, because SQLite takes real locks. `swap` without `node:sqlite`, for files that SQLite cannot
 * open, and for a damaged database that is certainly not open anywhere.
 */
function chooseMethod(live: LiveDatabase, isRaw: boolean, isProvablyFree: boolean): RestoreMethod {
  if (isRaw || findNodeSqlite() === undefined) return 'swap';
  if (live.condition === 'sound') return 'online';
  return live.condition === 'damaged' && !isProvablyFree ? 'online' : 'swap';
}

/** Waits briefly for processes that only read the file, such as a file backup or an indexer. */
async function findStableHolders(path: string, ports: Ports): Promise<DatabaseHolders> {
  for (let attempt = 0; ; attempt += 1) {
    const result = findHolders(path, ports);
    const { holders, certain } = result;
    if (attempt >= 3 || !certain || holders.length === 0 || holders.some(isConnection)) return result;
    await systemOf(ports).pause(60);
  }
}

function isConnection(holder: DatabaseHolder): boolean {
  return holder.evidence === 'sqlite-lock';
}

/** Throws an error for the first blocker that is not, or cannot be, overridden. */
export function refuseIfBlocked(blockers: readonly RestoreBlocker[], isForced: boolean, databasePath: string): void {
  const blocker = blockers.find((candidate) => !isForced || !candidate.isForceable);
  if (blocker) throw blockedError(blocker, databasePath);
}

/** Throws `database-in-use` if a process has the database open now. */
export function assertNotOpenElsewhere(databasePath: string, ports: Ports): void {
  const { holders } = findHolders(databasePath, ports);
  if (holders.length > 0) throw blockedError({ code: 'database-in-use', holders, isForceable: false }, databasePath);
}

function blockedError(blocker: RestoreBlocker, databasePath: string): BackupError {
  const who = blocker.holders.map(describeHolder).join(', ');
  const isAgent = blocker.code === 'agent-running';
  return new BackupError(isAgent ? `An agent is running: ${who}` : `The live database is open in ${who}`, {
    code: blocker.code,
    operation: 'restore the live database',
    path: isAgent ? (blocker.holders[0]?.path ?? databasePath) : databasePath,
    hint: hintFor(blocker),
  });
}

function describeHolder(holder: DatabaseHolder): string {
  const process = holder.pid === undefined ? 'an unknown process' : `process ${holder.pid}`;
  const command = holder.command === undefined ? '' : ` (${holder.command})`;
  return `${process}${command} [${holder.path}]`;
}

function hintFor(blocker: RestoreBlocker): string {
  if (blocker.code === 'agent-running') return 'Stop the agent, then try again, or force the restore while it runs.';
  return blocker.isForceable
    ? 'Close it there and try again, or force the restore: SQLite then changes the rows under its own locks.'
    : 'Close it there and try again. Node 22.16 or later can restore a database while it is open.';
}
