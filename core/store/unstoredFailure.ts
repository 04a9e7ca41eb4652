import { join } from 'node:path';
import { hashOfPath, makeStateFolder, realPath, type Project } from '../project/index.js';
import {
  asBackupError,
  parseJson,
  readSmallFile,
  asRecord,
  replacePrivate,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { isoWithOffset } from './isoTime.js';

/** Failed backups that could not be recorded in the store (read-only, full, locked), but in the user's state folder. */
export interface UnstoredFailure {
  /** The first failure since the last success, ISO 8601 with offset. */
  readonly since: string;
  /** The last one. */
  readonly at: string;
  /** How many failed since the last success. */
  readonly count: number;
  readonly problem: string;
  readonly hint: string | undefined;
  /** The token of the store's lock, if another process held it for too long. */
  readonly heldLock?: string | undefined;
}

/** Records a failure. Never throws: the caller reports the failure itself. */
export function recordUnstoredFailure(
  project: Project,
  { problem, hint, heldLock }: Pick<UnstoredFailure, 'problem' | 'hint' | 'heldLock'>,
  ports: Ports,
): void {
  try {
    makeStateFolder(failuresFolder(ports), ports);
    const at = isoWithOffset(ports.now());
    const before = readUnstoredFailure(project, ports);
    const failure: UnstoredFailure = {
      since: before?.since ?? at,
      at,
      count: (before?.count ?? 0) + 1,
      problem,
      hint,
      heldLock: heldLock ?? before?.heldLock,
    };
    const content = Buffer.from(`${JSON.stringify({ format: 1, ...failure }, null, 2)}\n`);
    replacePrivate(failurePath(project, ports), content, ports);
  } catch {
    // Neither the store nor the state folder can be written.
  }
}

/** Undefined if every failure could be recorded in the store, or a backup succeeded since. Throws if it cannot be read. */
export function readUnstoredFailure(project: Project, ports: Ports): UnstoredFailure | undefined {
  const path = failurePath(project, ports);
  try {
    const text = readSmallFile(path, MAX_FAILURE_BYTES, ports.files)?.toString('utf8');
    const { since, at, count, problem, hint, heldLock } = asRecord(parseJson(text));
    if (typeof since !== 'string' || typeof at !== 'string' || typeof problem !== 'string') return undefined;
    if (typeof count !== 'number') return undefined;
    return { since, at, count, problem, hint: textOrNothing(hint), heldLock: textOrNothing(heldLock) };
  } catch (error) {
    throw asBackupError(error, 'read the recorded failure', path);
  }
}

function textOrNothing(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** After a backup succeeded. Never throws. */
export function clearUnstoredFailure(project: Project, ports: Ports): void {
  try {
    ports.files.unlinkSync(failurePath(project, ports));
  } catch {
    // Usually the file does not exist. If it remains, the new backup is newer than the failure.
  }
}

function failuresFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'backup-failures');
}

function failurePath({ storePath }: Project, ports: Ports): string {
  return join(failuresFolder(ports), `${hashOfPath(realPath(storePath, ports))}.json`);
}

const MAX_FAILURE_BYTES = 64 * 1024;
