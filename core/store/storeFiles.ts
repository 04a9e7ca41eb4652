import { join } from 'node:path';
import { isToken } from '../system/index.js';
import type { Backup, SideFileSuffix } from './backup.js';

/** The names of all files in a store besides the backups. */
export const TEMPORARY_PREFIX = '.tmp-';
export const IGNORE_FILE = '.gitignore';
/** The last results of recurring jobs. */
export const JOBS_FILE = '.jobs.json';
/** The acknowledgement that a sudden loss of features was intentional. */
export const ACKNOWLEDGED_FILE = '.acknowledged.json';
/** The store's key at its targets. */
export const STORE_IDENTITY_FILE = '.store-id';
/** A folder for syncing to targets: its lock and temporary files. */
export const REPLICATION_FOLDER = '.replication';
/** A folder for the lock of the follow-up. */
export const FOLLOW_UP_FOLDER = '.follow-up';
/** The image of the newest state in the history, against which the next difference is made. It can be rebuilt. */
export const HISTORY_BASE_FILE = '.history-base';

export const SIDE_FILE_SUFFIXES: readonly SideFileSuffix[] = ['-wal', '-journal'];

export function temporaryPath(storePath: string, token: string, suffix = ''): string {
  return join(storePath, `${TEMPORARY_PREFIX}${token}${suffix}`);
}

/** Whether `temporaryPath` made this name; a user's own file can begin with the same letters. */
export function isTemporaryFile(name: string): boolean {
  const token = /^\.tmp-([^.]*)(?:\.json|\.db(?:\.gz|-wal|-journal)?)?$/.exec(name)?.[1];
  return isToken(token);
}

export function metadataPath(storePath: string, id: string): string {
  return join(storePath, `${id}.json`);
}

export function imagePath(storePath: string, id: string): string {
  return join(storePath, `${id}.db`);
}

/** The `-wal` or `-journal` of a raw emergency backup. */
export function sideFilePath(storePath: string, id: string, suffix: SideFileSuffix): string {
  return imagePath(storePath, id) + suffix;
}

/** A backup's files, in the order of deletion. */
export function filesOf(storePath: string, backup: Backup): readonly string[] {
  // The image first: after a crash, no incomplete backup is listed, and a later run removes the leftovers.
  const sideFiles = backup.kind === 'emergency' ? SIDE_FILE_SUFFIXES : [];
  return [
    // A crash during compression leaves both; if one remained, the backup would be listed again.
    imagePath(storePath, backup.id),
    `${imagePath(storePath, backup.id)}.gz`,
    ...sideFiles.map((suffix) => sideFilePath(storePath, backup.id, suffix)),
    metadataPath(storePath, backup.id),
  ];
}
