import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import {
  asBackupError,
  BackupError,
  syncParentFolder,
  writeNewFile,
  readFileWithin,
  uniqueToken,
  type FileSystem,
} from '../system/index.js';
import { editablePath } from '../project/index.js';
import { unusable } from './jsonText.js';
import type { FileEdit } from './connection.js';

/**
 * The text of a settings file in the project `root`; undefined if missing. Throws `configuration` if it is not UTF-8, and
 * `unsafe-path` if it is not a regular file of the project.
 */
export function readSettings(root: string, path: string, files: FileSystem): string | undefined {
  const bytes = readFileWithin(root, path, files);
  if (bytes === undefined) return undefined;
  if (!isUtf8(bytes)) throw unusable(path, 'it is not UTF-8');
  return bytes.toString('utf8');
}

/**
 * Replaces a settings file (undefined deletes it) if it has not changed since the plan. Preserves its mode and a link to
 * it. Returns whether its folder was created.
 */
export function writeSettings(root: string, { path, before, after }: FileEdit, files: FileSystem): boolean {
  const target = editablePath(path, [root], { files });
  if (readSettings(root, path, files) !== before) throw changedMeanwhile(path);
  try {
    if (after === undefined) {
      files.unlinkSync(path);
      return false;
    }
    const createdFolder = files.mkdirSync(dirname(target), { recursive: true });
    const mode = before === undefined ? NEW_FILE_MODE : files.statSync(target).mode & 0o777;
    const temporary = `${target}.${uniqueToken()}.tmp`;
    writeNewFile(temporary, Buffer.from(after), files);
    files.chmodSync(temporary, mode);
    files.renameSync(temporary, target);
    syncParentFolder(target, files);
    return createdFolder !== undefined;
  } catch (error) {
    throw asBackupError(error, 'write the agent’s settings', path);
  }
}

/** Removes a folder that was created for a settings file, if it is empty. */
export function removeEmptyFolder(path: string, files: FileSystem): void {
  try {
    files.rmdirSync(path);
  } catch {
    // Not empty.
  }
}

const NEW_FILE_MODE = 0o644;

function changedMeanwhile(path: string): BackupError {
  return new BackupError(`${path} has changed in the meantime`, {
    code: 'io',
    operation: 'write the agent’s settings',
    path,
    hint: 'The file is unchanged. Try again.',
  });
}
