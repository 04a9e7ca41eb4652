import { join } from 'node:path';
import { isNotFound, systemErrorCode, PRIVATE_MODE, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, storeStateFolder, type Project } from '../project/index.js';

export interface PendingFlag {
  /** By the clock of the file system. */
  readonly madeAtMs: number;
  /** Somebody has made it a moment ago, and started a process that has not come to taking it yet. */
  readonly isStartingAlready: boolean;
}

/** A process takes the mark within a second of its start; a mark that stays longer has lost its process. */
const STARTING_MS = 20_000;

/**
 * Marks that there is something new to follow up, in the user's state folder: a store may have come with a clone, and
 * nothing is written where it leads. `unmarked` where that folder cannot be written.
 */
export function setPending(project: Project, ports: Ports): PendingFlag | 'unmarked' {
  const { files } = ports;
  let path: string;
  try {
    makeStateFolder(storeStateFolder(project, ports), ports);
    path = pendingPath(project, ports);
    files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
    return { madeAtMs: files.statSync(path).mtimeMs, isStartingAlready: false };
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return 'unmarked';
  }
  return refreshPending(pendingPath(project, ports), ports);
}

function refreshPending(path: string, { files, now }: Ports): PendingFlag {
  const nowMs = now().getTime();
  const madeAtMs = files.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const ageMs = madeAtMs === undefined ? Infinity : nowMs - madeAtMs;
  if (ageMs >= 0 && ageMs < STARTING_MS) return { madeAtMs: nowMs, isStartingAlready: true };
  if (madeAtMs !== undefined) files.utimesSync(path, nowMs / 1000, nowMs / 1000);
  return { madeAtMs: nowMs, isStartingAlready: false };
}

export function isPending(project: Project, ports: Ports): boolean {
  try {
    return ports.files.statSync(pendingPath(project, ports), { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Without a state folder there are no marks.
    return false;
  }
}

/** Takes the mark away: what was new until now is taken on. False where it cannot be taken away. */
export function clearPending(project: Project, ports: Ports): boolean {
  try {
    ports.files.unlinkSync(pendingPath(project, ports));
    return true;
  } catch (error) {
    return isNotFound(error);
  }
}

/** Whether marks can be made at all, found out by making another file beside them. */
export function canSetPending(project: Project, ports: Ports): boolean {
  const { files } = ports;
  try {
    const folder = storeStateFolder(project, ports);
    makeStateFolder(folder, ports);
    const path = join(folder, `.tmp-${uniqueToken()}`);
    files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
    files.unlinkSync(path);
    return true;
  } catch {
    return false;
  }
}

function pendingPath(project: Project, ports: Ports): string {
  return join(storeStateFolder(project, ports), 'follow-up-wanted');
}
