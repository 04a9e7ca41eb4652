import { join } from 'node:path';
import { isNotFound, systemErrorCode, PRIVATE_MODE, uniqueToken, type Ports } from '../system/index.js';
import { makeStateFolder, storeStateFolder, type Project } from '../project/index.js';

export interface PendingFlag {
  /** By the file system's clock. */
  readonly madeAtMs: number;
  /** Another process has just set it and started a follow-up that has not cleared it yet. */
  readonly isAlreadyStarting: boolean;
}

/** A follow-up clears the flag within a second of starting. If the flag is older than this, its process has died. */
const MAX_STARTUP_MS = 20_000;

/**
 * Sets the flag in the user's state folder, because a store can come from a clone and contain links. `unset` if that
 * folder cannot be written.
 */
export function setPending(project: Project, ports: Ports): PendingFlag | 'unset' {
  const { files } = ports;
  let path: string;
  try {
    makeStateFolder(storeStateFolder(project, ports), ports);
    path = pendingPath(project, ports);
    files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
    return { madeAtMs: files.statSync(path).mtimeMs, isAlreadyStarting: false };
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return 'unset';
  }
  return refreshPending(pendingPath(project, ports), ports);
}

function refreshPending(path: string, { files, now }: Ports): PendingFlag {
  const nowMs = now().getTime();
  const madeAtMs = files.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const ageMs = madeAtMs === undefined ? Infinity : nowMs - madeAtMs;
  if (ageMs >= 0 && ageMs < MAX_STARTUP_MS) return { madeAtMs: nowMs, isAlreadyStarting: true };
  if (madeAtMs !== undefined) files.utimesSync(path, nowMs / 1000, nowMs / 1000);
  return { madeAtMs: nowMs, isAlreadyStarting: false };
}

export function isPending(project: Project, ports: Ports): boolean {
  try {
    return ports.files.statSync(pendingPath(project, ports), { throwIfNoEntry: false }) !== undefined;
  } catch {
    // Without a state folder, no flag can be set.
    return false;
  }
}

/** Clears the flag, because the run that starts now covers all backups so far. False if it cannot be cleared. */
export function clearPending(project: Project, ports: Ports): boolean {
  try {
    ports.files.unlinkSync(pendingPath(project, ports));
    return true;
  } catch (error) {
    return isNotFound(error);
  }
}

/** Whether the flag can be set. Tests this by creating another file in the same folder. */
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
