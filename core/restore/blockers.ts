import { BackupError, systemOf, type Ports } from '../system/index.js';
import {
  findAgentLocks,
  findHolders,
  type DatabaseHolders,
  type DatabaseHolder,
  type Project,
} from '../project/index.js';
import { findNodeSqlite } from '../snapshot/index.js';
import type { CurrentDatabase } from './currentDatabase.js';
import type { RestoreBlock, RestoreMethod } from './restorePlan.js';

/** What prevents a restore, and which method it would use. */
export interface Blockers {
  readonly way: RestoreMethod;
  readonly blockedBy: readonly RestoreBlock[];
  readonly staleLocks: readonly string[];
}

export async function findBlockers(
  project: Project,
  current: CurrentDatabase,
  isRaw: boolean,
  ports: Ports,
): Promise<Blockers> {
  const locks = findAgentLocks(project.root, ports);
  const { holders, certain } = await findStableHolders(current.path, ports);
  const way = chooseMethod(current, isRaw, holders.length === 0 && certain);
  const blockedBy: RestoreBlock[] = [];
  if (locks.running.length > 0) {
    blockedBy.push({ code: 'agent-running', holders: locks.running, isForceable: true });
  }
  if (holders.length > 0) {
    // A swap cannot separate processes from a database that has already been deleted.
    const isForceable = way === 'online' || current.condition === 'missing';
    blockedBy.push({ code: 'database-in-use', holders, isForceable });
  }
  return { way, blockedBy, staleLocks: locks.stale };
}

/**
 * Online if SQLite can do it, because it takes real locks. By swap without `node:sqlite`, for files that SQLite cannot
 * open, and for a damaged database that is certainly not open anywhere.
 */
function chooseMethod(current: CurrentDatabase, isRaw: boolean, isProvablyFree: boolean): RestoreMethod {
  if (isRaw || findNodeSqlite() === undefined) return 'swap';
  if (current.condition === 'sound') return 'online';
  return current.condition === 'damaged' && !isProvablyFree ? 'online' : 'swap';
}

/** Waits briefly for processes that only read the file, such as a file backup or an indexer. */
async function findStableHolders(path: string, ports: Ports): Promise<DatabaseHolders> {
  for (let attempt = 0; ; attempt += 1) {
    const found = findHolders(path, ports);
    if (attempt >= 3 || !found.certain || found.holders.length === 0 || found.holders.some(isConnection)) return found;
    await systemOf(ports).pause(60);
  }
}

function isConnection(holder: DatabaseHolder): boolean {
  return holder.evidence === 'sqlite-lock';
}

/** Throws the first block that is not forced or cannot be forced. */
export function refuseIfBlocked(blockedBy: readonly RestoreBlock[], isForced: boolean, databasePath: string): void {
  const block = blockedBy.find((candidate) => !isForced || !candidate.isForceable);
  if (block) throw refusal(block, databasePath);
}

/** Throws `database-in-use` if a process has the database open now. */
export function assertNotOpenElsewhere(databasePath: string, ports: Ports): void {
  const { holders } = findHolders(databasePath, ports);
  if (holders.length > 0) throw refusal({ code: 'database-in-use', holders, isForceable: false }, databasePath);
}

function refusal(block: RestoreBlock, databasePath: string): BackupError {
  const who = block.holders.map(describe).join(', ');
  const isAgent = block.code === 'agent-running';
  return new BackupError(isAgent ? `An agent is running: ${who}` : `The live database is open in ${who}`, {
    code: block.code,
    operation: 'restore the live database',
    path: isAgent ? (block.holders[0]?.path ?? databasePath) : databasePath,
    hint: hintFor(block),
  });
}

function describe(holder: DatabaseHolder): string {
  const process = holder.pid === undefined ? 'an unknown process' : `process ${holder.pid}`;
  const command = holder.command === undefined ? '' : ` (${holder.command})`;
  return `${process}${command} [${holder.path}]`;
}

function hintFor(block: RestoreBlock): string {
  if (block.code === 'agent-running') return 'Stop the agent, then try again, or force the restore while it runs.';
  return block.isForceable
    ? 'Close it there and try again, or force the restore: SQLite then changes the rows under its own locks.'
    : 'Close it there and try again. Node 22.16 or later can restore a database while it is open.';
}
