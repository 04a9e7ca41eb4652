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

/** Who stands in the way, and which way that leaves. */
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
  const way = chooseWay(current, isRaw, holders.length === 0 && certain);
  const blockedBy: RestoreBlock[] = [];
  if (locks.running.length > 0) {
    blockedBy.push({ code: 'agent-running', holders: locks.running, isForceable: true });
  }
  if (holders.length > 0) {
    // A file that is gone from its place cannot be parted from its holders any further.
    const isForceable = way === 'online' || current.condition === 'missing';
    blockedBy.push({ code: 'database-in-use', holders, isForceable });
  }
  return { way, blockedBy, staleLocks: locks.stale };
}

/**
 * Online wherever SQLite can do it: it takes real locks. By swap where there is no `node:sqlite`, where SQLite could not
 * open what is there, and for a damaged database that surely nobody has open.
 */
function chooseWay(current: CurrentDatabase, isRaw: boolean, isProvablyFree: boolean): RestoreMethod {
  if (isRaw || findNodeSqlite() === undefined) return 'swap';
  if (current.condition === 'sound') return 'online';
  return current.condition === 'damaged' && !isProvablyFree ? 'online' : 'swap';
}

/** Somebody who merely reads the file, for a backup or an index, is gone in a moment; give them that moment. */
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

/** Throws the first block that stands, or that not even force goes past. */
export function refuseIfBlocked(blockedBy: readonly RestoreBlock[], isForced: boolean, databasePath: string): void {
  const block = blockedBy.find((candidate) => !isForced || !candidate.isForceable);
  if (block) throw refusal(block, databasePath);
}

/** Throws `database-in-use` when anyone has the database open at this moment. */
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
  const process = holder.pid === undefined ? 'a process that cannot be named' : `process ${holder.pid}`;
  const command = holder.command === undefined ? '' : ` (${holder.command})`;
  return `${process}${command} [${holder.path}]`;
}

function hintFor(block: RestoreBlock): string {
  if (block.code === 'agent-running') return 'Stop the agent and restore again, or force the restore while it runs.';
  return block.isForceable
    ? 'Close it there and restore again, or force it: SQLite then changes the rows under its own locks.'
    : 'Close it there and restore again. With Node 22.16 or newer it can be restored while it is open.';
}
