import { join } from 'node:path';
import { isNotFound, systemErrorCode, PRIVATE_MODE, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, storeStateFolder, type Project } from '../project/index.js';

export interface Mark {
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
export function markWanted(project: Project, ports: Ports): Mark | 'unmarked' {
  const { files } = ports;
  let path: string;
  try {
    makeStateFolder(storeStateFolder(project, ports), ports);
    path = markPath(project, ports);
    files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
    return { madeAtMs: files.statSync(path).mtimeMs, isStartingAlready: false };
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return 'unmarked';
  }
  return renewMark(markPath(project, ports), ports);
}

function renewMark(path: string, { files, now }: Ports): Mark {
  const nowMs = now().getTime();
  const madeAtMs = files.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const ageMs = madeAtMs === undefined ? Infinity : nowMs - madeAtMs;
  if (ageMs >= 0 && ageMs < STARTING_MS) return { madeAtMs: nowMs, isStartingAlready: true };
  if (madeAtMs !== undefined) files.utimesSync(path, nowMs / 1000, nowMs / 1000);
  return { madeAtMs: nowMs, isStartingAlready: false };
}

export function isWanted(project: Project, ports: Ports): boolean {
  try {
    return ports.files.statSync(markPath(project, ports), { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Without a state folder there are no marks.
    return false;
  }
}

/** Takes the mark away: what was new until now is taken on. False where it cannot be taken away. */
export function takeMark(project: Project, ports: Ports): boolean {
  try {
    ports.files.unlinkSync(markPath(project, ports));
    return true;
  } catch (error) {
    return isNotFound(error);
  }
}

/** Whether marks can be made at all, found out by making another file beside them. */
export function canMark(project: Project, ports: Ports): boolean {
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

function markPath(project: Project, ports: Ports): string {
  return join(storeStateFolder(project, ports), 'follow-up-wanted');
}
