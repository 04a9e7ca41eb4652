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
import { hasSameBytes, OpenFiles } from '../snapshot/index.js';

export interface Ownership {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Writes bytes to a new file beside the database, syncs it and reads it back; returns its path. Removes it on
 * failure. `like`: the file to be replaced, whose mode and owner it gets. Without one, the mode of the lost database
 * is unknown, so only the owner can read the file, as in the store.
 */
export function stageFile(databasePath: string, bytes: Buffer, like: Ownership | undefined, ports: Ports): string {
  const name = `.${basename(databasePath)}.${randomHex(16, systemOf(ports))}.restore-staged`;
  const path = join(dirname(databasePath), name);
  try {
    const descriptor = ports.files.openSync(path, 'wx+', PRIVATE_MODE);
    try {
      writeAll(descriptor, bytes, ports.files);
      copyOwnership(descriptor, like ?? ownershipWithin(dirname(path), ports), ports);
      ports.files.fsyncSync(descriptor);
    } finally {
      ports.files.closeSync(descriptor);
    }
    if (!hasContent(path, bytes, ports)) throw differsAfterWriting(path);
    return path;
  } catch (error) {
    removeQuietly(path, ports.files);
    throw asBackupError(error, 'write the restored database', path);
  }
}

/** Compares piece by piece: another copy of a large database may not fit into memory. */
export function hasContent(path: string, bytes: Buffer, ports: Ports): boolean {
  const files = new OpenFiles(ports.files);
  try {
    const file = files.open(path);
    return file !== undefined && hasSameBytes(file, bytes);
  } finally {
    files.closeAll();
  }
}

export function renameSynced(from: string, to: string, ports: Ports): void {
  ports.files.renameSync(from, to);
  syncFolder(dirname(to), ports.files);
}

/** A file that root restores belongs to the owner of the folder. */
function ownershipWithin(folder: string, { files, changeOwnerOfNewEntries }: Ports): Ownership | undefined {
  if (changeOwnerOfNewEntries === undefined) return undefined;
  const { uid, gid } = files.statSync(folder);
  return { uid, gid, mode: PRIVATE_MODE };
}

/**
 * Copies mode and owner, by descriptor: another user can have replaced the file by a link. Changing the owner needs
 * rights that are rarely available or necessary.
 */
function copyOwnership(descriptor: number, like: Ownership | undefined, { files }: Ports): void {
  if (like === undefined) return;
  files.fchmodSync(descriptor, like.mode & 0o777);
  try {
    files.fchownSync(descriptor, like.uid, like.gid);
  } catch (error) {
    if (!['EPERM', 'EACCES', 'EINVAL', 'ENOSYS', 'ENOTSUP'].includes(systemErrorCode(error) ?? '')) throw error;
  }
}

function differsAfterWriting(path: string): BackupError {
  return new BackupError('The written file differs when it is read back', {
    code: 'io',
    operation: 'write the restored database',
    path,
    hint: 'The live database was not changed. The disk may be failing.',
  });
}
