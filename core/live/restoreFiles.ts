import { basename, dirname, join } from 'node:path';
import { systemErrorCode, type Ports } from '../system/index.js';

/** Files that a restore has written beside the live database but not yet put in place, and their SQLite side files. */
export const STAGED = /\.[0-9a-f]{16}\.restore-staged(-journal|-wal|-shm)?$/;
/** Side files (`-wal`, `-journal`) of one particular database file; see `cleanUpRestore`. */
export const ASIDE = /(-wal|-journal)\.([0-9]+-[0-9]+-[0-9]+)\.restore-aside$/;

/** The name of a side file whose database file is not in place: not yet, or no longer. */
export function asidePath(databasePath: string, suffix: '-wal' | '-journal', owner: string): string {
  return join(dirname(databasePath), `.${basename(databasePath)}${suffix}.${owner}.restore-aside`);
}

/** Identifies one version of a database file by inode, size and mtime. */
export function versionIdentity(path: string, ports: Ports): string | undefined {
  const stats = ports.files.statSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && `${stats.ino}-${stats.size}-${stats.mtimeNs}`;
}

export function removeIfPresent(path: string, ports: Ports): void {
  try {
    ports.files.unlinkSync(path);
  } catch (error) {
    if (systemErrorCode(error) !== 'ENOENT') throw error;
  }
}
