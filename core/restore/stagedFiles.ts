import { basename, dirname, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  systemOf,
  PRIVATE_MODE,
  removeQuietly,
  syncFolder,
  writeAll,
  randomHex,
  type Ports,
} from '../system/index.js';

/** Files of ours beside the live database: written and synced, not yet in place; with what SQLite may leave beside them. */
export const STAGED = /\.[0-9a-f]{16}\.restore-staged(-journal|-wal|-shm)?$/;
/** Side files (`-wal`, `-journal`) that belong to one certain database file; see `recover.ts`. */
export const ASIDE = /(-wal|-journal)\.([0-9]+-[0-9]+-[0-9]+)\.restore-aside$/;

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes bytes into a new file beside the database, synced and read back; returns its path. Removes it if that fails.
 * `like`: the file that it will replace, whose mode and owner it gets. Without one, nobody else can read it, as in the
 * store: the mode of the lost database is unknown.
 */
export function stageFile(databasePath: string, bytes: Buffer, like: Ownership | undefined, ports: Ports): string {
  const name = `.${basename(databasePath)}.${randomHex(16, systemOf(ports))}.restore-staged`;
  const path = join(dirname(databasePath), name);
  try {
    const descriptor = ports.files.openSync(path, 'wx+', PRIVATE_MODE);
    try {
      writeAll(descriptor, bytes, ports.files);
      if (like !== undefined) takeOver(path, like, ports);
      ports.files.fsyncSync(descriptor);
    } finally {
      ports.files.closeSync(descriptor);
    }
    if (!ports.files.readFileSync(path).equals(bytes)) throw notAsWritten(path);
    return path;
  } catch (error) {
    removeQuietly(path, ports.files);
    throw asBackupError(error, 'write the restored database beside the live one', path);
  }
}

/** The name under which a side file waits for, or is kept for, the database file that it belongs to. */
export function asidePath(databasePath: string, suffix: '-wal' | '-journal', owner: string): string {
  return join(dirname(databasePath), `.${basename(databasePath)}${suffix}.${owner}.restore-aside`);
}

/**
 * Tells one database file in one state from all others: inode, size, mtime. A file that was written since, or that was
 * given the inode of a deleted one, has another.
 */
export function identityOf(path: string, ports: Ports): string | undefined {
  const found = ports.files.statSync(path, { bigint: true, throwIfNoEntry: false });
  return found && `${found.ino}-${found.size}-${found.mtimeNs}`;
}

/** True where there was something to remove. */
export function removeIfThere(path: string, ports: Ports): boolean {
  try {
    ports.files.unlinkSync(path);
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT') return false;
    throw error;
  }
}

export function renameSynced(from: string, to: string, ports: Ports): void {
  ports.files.renameSync(from, to);
  syncFolder(dirname(to), ports.files);
}

/** Mode and owner of the file that is replaced; giving a file away needs rights that we seldom have, or need. */
function takeOver(path: string, like: Ownership, ports: Ports): void {
  ports.files.chmodSync(path, like.mode & 0o777);
  try {
    ports.files.chownSync(path, like.uid, like.gid);
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

function notAsWritten(path: string): BackupError {
  return new BackupError('What was read back is not what was written', {
    code: 'io',
    operation: 'write the restored database beside the live one',
    path,
    hint: 'The disk may be failing; the live database has not been touched.',
  });
}
