import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import { asBackupError, BackupError, isNotFound } from '../errors.js';
import { syncFolderOf, writeNewFile } from '../files/atomicWrite.js';
import { uniqueToken } from '../files/uniqueToken.js';
import type { FileSystem } from '../ports.js';
import { unusable } from './jsonText.js';

/** A settings file's text; undefined where there is none. Throws `configuration` where it is not UTF-8. */
export function readSettings(path: string, files: FileSystem): string | undefined {
  let bytes: Buffer;
  try {
    bytes = files.readFileSync(path);
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, 'read the agent’s settings', path);
  }
  if (!isUtf8(bytes)) throw unusable(path, 'it is not UTF-8');
  return bytes.toString('utf8');
}

/**
 * Replaces (or with undefined deletes) a settings file, if it still is what was planned with; its mode and a link that leads
 * to it stay. Returns whether its folder had to be made.
 */
export function writeSettings(
  {
    path,
    before,
    after,
  }: { readonly path: string; readonly before: string | undefined; readonly after: string | undefined },
  files: FileSystem,
): boolean {
  if (readSettings(path, files) !== before) throw changedMeanwhile(path);
  try {
    if (after === undefined) {
      files.unlinkSync(path);
      return false;
    }
    const made = files.mkdirSync(dirname(path), { recursive: true });
    const target = before === undefined ? path : files.realpathSync(path);
    const mode = before === undefined ? NEW_FILE_MODE : files.statSync(target).mode & 0o777;
    const temporary = `${target}.${uniqueToken()}.tmp`;
    writeNewFile(temporary, Buffer.from(after), files);
    files.chmodSync(temporary, mode);
    files.renameSync(temporary, target);
    syncFolderOf(target, files);
    return made !== undefined;
  } catch (error) {
    throw asBackupError(error, 'write the agent’s settings', path);
  }
}

/** Removes a folder that was made for a settings file, if nothing else has come into it. */
export function removeEmptyFolder(path: string, files: FileSystem): void {
  try {
    files.rmdirSync(path);
  } catch {
    // Others use it by now.
  }
}

const NEW_FILE_MODE = 0o644;

function changedMeanwhile(path: string): BackupError {
  return new BackupError(`${path} has changed in the meantime`, {
    code: 'io',
    operation: 'write the agent’s settings',
    path,
    hint: 'It was left as it is; run this again.',
  });
}
