import type { Stats } from 'node:fs';
import { dirname } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  removeQuietly,
  writeNewFile,
  isWithin,
  MAX_CONFIGURATION_BYTES,
  readPlainFile,
  uniqueToken,
  type PlainFileResult,
  type Ports,
} from '../../system/index.js';
import { editablePath } from '../../project/index.js';
import type { Repository } from '../repository.js';
import type { FileChange, FileState } from './hookPlan.js';

/**
 * The regular file at a path; null if it is missing. Throws `unsafe-path` for a link, a pipe, a device and a file that is
 * too large, because they may come with a clone. `editablePath` follows the links that are allowed.
 */
export function readState(path: string, ports: Ports): FileState | null {
  const file = readFile(path, ports);
  if (file.status !== 'refused') return stateOf(path, file, ports);
  throw unsafeFile(path, file.reason);
}

/** Like `readState`, but null for a refused file. For files that are only searched for known lines. */
export function readStateIfPlain(path: string, ports: Ports): FileState | null {
  return stateOf(path, readFile(path, ports), ports);
}

/**
 * Resolves the path of a hook manager's file. Links in the work tree, which may come with a clone, must stay in it. The
 * folder that git runs hooks from may be anywhere, because only the user can have configured it. Throws `unsafe-path`.
 */
export function managedPath(path: string, repository: Repository, ports: Ports): string {
  const { workTree, commonFolder } = repository;
  return editablePath(path, isCloned(path, repository) ? [workTree] : [dirname(path), workTree, commonFolder], ports);
}

/** Whether a path can come with a clone. */
export function isCloned(path: string, { workTree, commonFolder }: Repository): boolean {
  return isWithin(workTree, path) && !isWithin(commonFolder, path);
}

/** Does not follow a link; undefined if missing. */
export function statsAt(path: string, { files }: Ports): Stats | undefined {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw asBackupError(error, 'inspect a hook or its configuration', path);
  }
}

export function unsafeFile(path: string, what: string): BackupError {
  return new BackupError(`${path} is ${what}`, {
    code: 'unsafe-path',
    operation: 'read a hook or its configuration',
    path,
    hint: 'Replace it with a regular file of at most 4 MiB, then run this again.',
  });
}

export function isSame(one: FileState | null, other: FileState | null): boolean {
  if (one === null || other === null) return one === other;
  return one.mode === other.mode && one.content.equals(other.content);
}

/** Writes a file atomically, and creates its folder. */
export function writeState({ path, after }: FileChange, ports: Ports): void {
  try {
    if (after === null) {
      ports.files.unlinkSync(path);
      return;
    }
    ports.files.mkdirSync(dirname(path), { recursive: true });
    // git locks a configuration file with a file of this name.
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

function readFile(path: string, ports: Ports): PlainFileResult {
  try {
    return readPlainFile(path, MAX_CONFIGURATION_BYTES, ports.files);
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return { status: 'missing' };
    throw asBackupError(error, 'read a hook or its configuration', path);
  }
}

function stateOf(path: string, file: PlainFileResult, ports: Ports): FileState | null {
  if (file.status !== 'read') return null;
  return { content: file.content, mode: ports.files.lstatSync(path).mode & 0o777 };
}
