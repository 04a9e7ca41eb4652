import { isUtf8 } from 'node:buffer';
import { dirname } from 'node:path';
import {
  asBackupError,
  BackupError,
  syncParentFolder,
  writeNewFile,
  readFileWithin,
  readSmallFile,
  uniqueToken,
  type FileSystem,
  type Ports,
} from '../system/index.js';
import { editablePath } from '../project/index.js';
import { parseJsonText, unusable } from './jsonText.js';
import type { FileEdit } from './connection.js';

/**
 * The text of a settings file to edit, in the folder `within`; undefined if missing. Throws `configuration` if it is
 * not UTF-8, and `unsafe-path` if it is not a regular file in that folder.
 */
export function readSettings(within: string, path: string, files: FileSystem): string | undefined {
  const bytes = readFileWithin(within, path, files);
  if (bytes === undefined) return undefined;
  if (!isUtf8(bytes)) throw unusable(path, 'it is not UTF-8');
  return bytes.toString('utf8');
}

/** The text of a settings file that is only read, following any link. Undefined if it is missing or cannot be read. */
export function readForeignSettings(path: string, { files }: Pick<Ports, 'files'>): string | undefined {
  try {
    return readSmallFile(files.realpathSync(path), MAX_FOREIGN_BYTES, files)?.toString('utf8');
  } catch {
    return undefined;
  }
}

/** The settings in such a file; empty if it is missing or invalid. */
export function readForeignValue(path: string, ports: Pick<Ports, 'files'>): Readonly<Record<string, unknown>> {
  const [value = {}] = orNone(() => [parseJsonText(readForeignSettings(path, ports) ?? '', path).value]);
  return value;
}

/** Empty if the settings cannot be read. */
export function orNone<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (error instanceof BackupError) return [];
    throw error;
  }
}

/** Claude Code keeps more than settings in `.claude.json`. */
const MAX_FOREIGN_BYTES = 32 * 1024 * 1024;

/**
 * Replaces a settings file (undefined deletes it) if it has not changed since the plan. Preserves its mode and a link
 * to it. Returns whether its folder was created.
 */
export function writeSettings({ path, within, before, after }: FileEdit, files: FileSystem): boolean {
  const target = editablePath(path, [within], { files });
  if (readSettings(within, path, files) !== before) throw changedMeanwhile(path);
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
