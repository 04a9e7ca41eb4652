import { userInfo } from 'node:os';
import { BackupError } from '../errors.js';
import type { FileSystem } from '../ports.js';

/** Adds the owner of a folder that this user may not access, and the command that corrects it, if that is the cause. */
export function explainDenied(error: BackupError, folder: string, files: FileSystem): BackupError {
  const ownUid = process.getuid?.();
  if (error.code !== 'permission-denied' || ownUid === undefined) return error;
  const owner = ownerOf(folder, files);
  if (owner === undefined || owner === ownUid) return error;
  const { message, code, operation, path, cause } = error;
  const name = owner === 0 ? 'root' : `user ${owner.toString()}`;
  const hint = `${folder} belongs to ${name}. To make it yours, run: sudo chown -R ${ownName(ownUid)} ${quote(folder)}`;
  return new BackupError(message, { code, operation, path, hint, cause });
}

function ownerOf(path: string, files: FileSystem): number | undefined {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false })?.uid;
  } catch {
    return undefined;
  }
}

function ownName(uid: number): string {
  try {
    return userInfo().username;
  } catch {
    // A container's user need not have an account.
    return uid.toString();
  }
}

function quote(path: string): string {
  return /^[\w./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`;
}
