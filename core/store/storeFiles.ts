import { join } from 'node:path';
import { isToken } from '../system/index.js';
import type { Backup, SideFileSuffix } from './backup.js';

/** The names of everything that lies in a store besides backups themselves. */
export const TEMPORARY_PREFIX = '.tmp-';
export const IGNORE_FILE = '.gitignore';
/** What is known of the jobs that are done with this store. */
export const JOBS_FILE = '.jobs.json';
/** The user's word that the live database has shrunk on purpose. */
export const ACKNOWLEDGED_FILE = '.acknowledged.json';
/** What the store is called at targets. */
export const STORE_IDENTITY_FILE = '.store-id';
/** A folder for the work of copying: its lock, and files on their way. */
export const REPLICATION_FOLDER = '.replication';
/** A folder for the lock of the process that follows backups up. */
export const FOLLOW_UP_FOLDER = '.follow-up';
/** The image of the newest state of the history: the next difference is made against it. It can be rebuilt. */
export const HISTORY_BASE_FILE = '.history-base';

export const SIDE_FILE_SUFFIXES: readonly SideFileSuffix[] = ['-wal', '-journal'];

export function temporaryPath(storePath: string, token: string, part = ''): string {
  return join(storePath, `${TEMPORARY_PREFIX}${token}${part}`);
}

/** Whether `temporaryPath` makes such a name; a user's own file may well begin with the same letters. */
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

/** Where a raw emergency backup keeps the live database's `-wal` or `-journal`. */
export function sideFilePath(storePath: string, id: string, suffix: SideFileSuffix): string {
  return imagePath(storePath, id) + suffix;
}

/** A backup's files, in the order in which they are to be deleted. */
export function filesOf(storePath: string, backup: Backup): readonly string[] {
  // The image first: what is listed always has all its files, and what is left after a crash is swept.
  const sideFiles = backup.kind === 'emergency' ? SIDE_FILE_SUFFIXES : [];
  return [
    // Both, for a crash while compressing leaves both, and then the other one would come to light.
    imagePath(storePath, backup.id),
    `${imagePath(storePath, backup.id)}.gz`,
    ...sideFiles.map((suffix) => sideFilePath(storePath, backup.id, suffix)),
    metadataPath(storePath, backup.id),
  ];
}
