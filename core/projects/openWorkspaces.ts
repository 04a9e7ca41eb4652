import { isAbsolute, join } from 'node:path';
import {
  asBackupError,
  isNotFound,
  livenessOf,
  ownIdentity,
  parseJson,
  parseProcessIdentity,
  readSmallFile,
  asRecord,
  removeQuietly,
  replaceFile,
  systemErrorCode,
  uniqueToken,
  userStateFolder,
  type ProcessIdentity,
  type Ports,
} from '../system/index.js';

/**
 * Records the folders that this process has open, replacing its previous record. Removes the records of ended processes.
 * Throws if the state folder cannot be written.
 */
export function recordOpenWorkspaces(folders: readonly string[], ports: Ports): void {
  const folder = workspacesFolder(ports);
  const own = ownIdentity(ports.files);
  const earlier = readRecords(folder, own, ports).filter(({ owner }) => owner !== 'other');
  try {
    if (folders.length > 0) writeRecord(folder, { ...own, folders }, ports);
  } catch (error) {
    throw asBackupError(error, 'record the open workspaces', folder);
  }
  for (const { path } of earlier) removeQuietly(path, ports.files);
  sweepHalfWritten(folder, ports);
}

/**
 * The folders that are open in any editor of this user, without duplicates. An unreadable record is omitted and reported
 * to `onUnreadable`.
 */
export function readOpenWorkspaces(
  ports: Ports,
  onUnreadable: ((warning: string) => void) | undefined = ports.onWarning,
): readonly string[] {
  const records = readRecords(workspacesFolder(ports), ownIdentity(ports.files), ports, onUnreadable);
  return [...new Set(records.filter(({ owner }) => owner !== 'ended').flatMap(({ folders }) => folders))];
}

interface WorkspaceRecord extends ProcessIdentity {
  readonly folders: readonly string[];
}

interface FoundRecord {
  readonly path: string;
  readonly owner: 'self' | 'other' | 'ended';
  readonly folders: readonly string[];
}

function workspacesFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'workspaces');
}

const TEMPORARY_PREFIX = '.tmp-';
/** Writing a record takes milliseconds, so the writer of an older file has died. */
const HALF_WRITTEN_MS = 60_000;

function sweepHalfWritten(folder: string, ports: Ports): void {
  for (const name of namesIn(folder, ports).filter((found) => found.startsWith(TEMPORARY_PREFIX))) {
    const path = join(folder, name);
    const stats = ports.files.lstatSync(path, { throwIfNoEntry: false });
    if (stats !== undefined && ports.now().getTime() - stats.mtimeMs > HALF_WRITTEN_MS)
      removeQuietly(path, ports.files);
  }
}

const RECORD_NAME = /^[\w-]{1,60}\.json$/;
const MAX_RECORD_BYTES = 64 * 1024;
/** More editors than anyone has open. */
const MAX_RECORDS = 500;

function writeRecord(folder: string, record: WorkspaceRecord, { files }: Ports): void {
  files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  const name = uniqueToken();
  const content = Buffer.from(`${JSON.stringify(record)}\n`);
  // Written under another name first, so no process reads half a record.
  replaceFile(join(folder, `${name}.json`), join(folder, TEMPORARY_PREFIX + name), content, files);
}

function readRecords(
  folder: string,
  own: ProcessIdentity,
  ports: Ports,
  onUnreadable?: (warning: string) => void,
): readonly FoundRecord[] {
  return namesIn(folder, ports)
    .filter((name) => RECORD_NAME.test(name))
    .slice(0, MAX_RECORDS)
    .flatMap((name) => readRecord(join(folder, name), own, ports, onUnreadable));
}

function namesIn(folder: string, { files }: Ports): readonly string[] {
  try {
    return files.readdirSync(folder);
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return [];
    throw asBackupError(error, 'read the open workspaces', folder);
  }
}

/** An invalid record counts as one of an ended process, so it is removed. */
function readRecord(
  path: string,
  own: ProcessIdentity,
  { files }: Ports,
  onUnreadable: ((warning: string) => void) | undefined,
): readonly FoundRecord[] {
  const content = readIfPossible(path, files, onUnreadable);
  if (content === undefined) return [];
  const record = parseRecord(content.toString('utf8'));
  if (record === undefined) return [{ path, owner: 'ended', folders: [] }];
  // `unknown`, as for an editor in another container, does not prove that the process has ended.
  const ended = livenessOf(record, own, files) === 'dead';
  return [{ path, owner: ended ? 'ended' : isSame(record, own) ? 'self' : 'other', folders: record.folders }];
}

function isSame(one: ProcessIdentity, other: ProcessIdentity): boolean {
  const parts = ({ pid, startTime, bootId, pidNamespace, host, machine }: ProcessIdentity) =>
    JSON.stringify([pid, startTime, bootId, pidNamespace, host, machine]);
  return parts(one) === parts(other);
}

/** Undefined if removed since it was listed, or unreadable. An unreadable record is not removed. */
function readIfPossible(
  path: string,
  files: Ports['files'],
  onUnreadable: ((warning: string) => void) | undefined,
): Buffer | undefined {
  try {
    return readSmallFile(path, MAX_RECORD_BYTES, files);
  } catch (error) {
    onUnreadable?.(asBackupError(error, `read the open workspaces in ${path}`, path).message);
    return undefined;
  }
}

function parseRecord(text: string): WorkspaceRecord | undefined {
  const value = parseJson(text);
  const identity = parseProcessIdentity(value);
  const { folders } = asRecord(value);
  if (identity === undefined || !Array.isArray(folders)) return undefined;
  return { ...identity, folders: folders.filter(isFolderPath) };
}

function isFolderPath(value: unknown): value is string {
  return typeof value === 'string' && isAbsolute(value) && !value.includes('\0');
}
