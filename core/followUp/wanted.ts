import { join } from 'node:path';
import { isNotFound, systemErrorCode } from '../errors.js';
import { PRIVATE_MODE } from '../files/atomicWrite.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';

/** A folder in the store for the process that follows backups up: its lock, and the mark that there is something new. */
export function followUpFolder({ storePath }: Project): string {
  return join(storePath, '.follow-up');
}

export interface Mark {
  /** By the clock of the file system. */
  readonly madeAtMs: number;
  /** Somebody has made it a moment ago, and started a process that has not come to taking it yet. */
  readonly isStartingAlready: boolean;
}

/** A process takes the mark within a second of its start; a mark that stays longer has lost its process. */
const STARTING_MS = 20_000;

/** Says that there is something new to follow up. `unmarked` where the store cannot be written to. */
export function markWanted(project: Project, ports: Ports): Mark | 'unmarked' {
  const { files } = ports;
  const path = markPath(project);
  try {
    files.mkdirSync(followUpFolder(project), { mode: 0o700 });
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return 'unmarked';
  }
  try {
    files.closeSync(files.openSync(path, 'wx', PRIVATE_MODE));
    return { madeAtMs: files.statSync(path).mtimeMs, isStartingAlready: false };
  } catch (error) {
    if (systemErrorCode(error) !== 'EEXIST') return 'unmarked';
  }
  const nowMs = ports.now().getTime();
  const madeAtMs = files.statSync(path, { throwIfNoEntry: false })?.mtimeMs;
  const ageMs = madeAtMs === undefined ? Infinity : nowMs - madeAtMs;
  if (ageMs >= 0 && ageMs < STARTING_MS) return { madeAtMs: nowMs, isStartingAlready: true };
  if (madeAtMs !== undefined) files.utimesSync(path, nowMs / 1000, nowMs / 1000);
  return { madeAtMs: nowMs, isStartingAlready: false };
}

export function isWanted(project: Project, { files }: Ports): boolean {
  return files.statSync(markPath(project), { throwIfNoEntry: false }) !== undefined;
}

/** Takes the mark away: what was new until now is taken on. */
export function takeMark(project: Project, { files }: Ports): void {
  try {
    files.unlinkSync(markPath(project));
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

function markPath(project: Project): string {
  return join(followUpFolder(project), 'wanted');
}
