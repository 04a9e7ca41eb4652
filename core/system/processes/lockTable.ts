import { asBackupError, systemErrorCode } from '../errors.js';
import type { FileSystem } from '../ports.js';

const LOCK_TABLE = '/proc/locks';

/**
 * Linux's list of file locks, one per line (proc(5)): "1: POSIX  ADVISORY  READ 9659 fe:00:2171969 128 128". Undefined if
 * it is not available. Throws on any other error, such as too many open files, because an empty list would mean that no
 * process holds a lock.
 */
export function readLockTable(files: FileSystem): string | undefined {
  try {
    return files.readFileSync(LOCK_TABLE, 'latin1');
  } catch (error) {
    if (NOT_AVAILABLE.has(systemErrorCode(error))) return undefined;
    throw asBackupError(error, 'read the list of file locks', LOCK_TABLE);
  }
}

const NOT_AVAILABLE: ReadonlySet<string | undefined> = new Set(['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']);
