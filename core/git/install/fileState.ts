import { dirname } from 'node:path';
import { asBackupError, isNotFound, systemErrorCode } from '../../errors.js';
import { removeQuietly, writeNewFile } from '../../files/atomicWrite.js';
import { uniqueToken } from '../../files/uniqueToken.js';
import type { Ports } from '../../ports.js';
import type { FileChange, FileState } from './types.js';

/** The file at a path, links followed; null where there is none. Throws where it cannot be read. */
export function readState(path: string, ports: Ports): FileState | null {
  try {
    const { mode } = ports.files.statSync(path);
    return { content: ports.files.readFileSync(path), mode: mode & 0o777 };
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') return null;
    throw asBackupError(error, 'read a hook or its configuration', path);
  }
}

export function isSame(one: FileState | null, other: FileState | null): boolean {
  if (one === null || other === null) return one === other;
  return one.mode === other.mode && one.content.equals(other.content);
}

/** Makes a file what it shall be, in one step; folders are made as needed. */
export function writeState({ path, after }: FileChange, ports: Ports): void {
  try {
    if (after === null) {
      ports.files.unlinkSync(path);
      return;
    }
    ports.files.mkdirSync(dirname(path), { recursive: true });
    // git's own lock on a configuration file is a file of this name, which it then renames as well.
    const temporary = /(?:^|[/\\])config$/.test(path) ? `${path}.lock` : `${path}.${uniqueToken()}`;
    writeNewFile(temporary, after.content, ports.files);
    try {
      ports.files.chmodSync(temporary, after.mode);
      ports.files.renameSync(temporary, path);
    } catch (error) {
      removeQuietly(temporary, ports.files);
      throw error;
    }
  } catch (error) {
    throw asBackupError(error, 'change a hook or its configuration', path);
  }
}
