import { dirname, resolve } from 'node:path';
import { realPath } from '../../core/project/index.js';
import { asBackupError, BackupError, kindAt, replaceShared, type Ports } from '../../core/system/index.js';

const OPERATION = 'write the status page';

/**
 * The path of the page, with links resolved. Throws `usage` if it cannot become a page: a folder, a file in a folder that
 * does not exist, or a file that is no page, such as a database after a mistyped option.
 */
export function pagePath(file: string, cwd: string, ports: Ports): string {
  const path = realPath(resolve(cwd, file), ports);
  const folder = dirname(path);
  const kind = kindAt(path, ports);
  if (kind !== 'file' && kind !== 'nothing')
    throw refused(`${path} is a ${kind}`, path, 'Give the name of a file, such as status.html.');
  if (kindAt(folder, ports) !== 'folder')
    throw refused(`The folder ${folder} does not exist`, path, 'Create it, or choose another one.');
  if (kind === 'file' && !isReplaceable(path, ports))
    throw refused(`${path} exists and is not an HTML page`, path, 'It was not changed. Choose another name.');
  return path;
}

/** Replaces the file atomically. Others can read it, as a web server must. */
export function writePage(path: string, page: string, { files }: Ports): void {
  try {
    replaceShared(path, Buffer.from(page), files);
  } catch (error) {
    throw asBackupError(error, OPERATION, path);
  }
}

/** An empty file, or one that begins like a page. */
function isReplaceable(path: string, { files }: Ports): boolean {
  try {
    const start = Buffer.alloc(64);
    const descriptor = files.openSync(path, 'r');
    try {
      const length = files.readSync(descriptor, start, 0, start.length, 0);
      return length === 0 || /^\s*<!doctype html/i.test(start.toString('latin1', 0, length));
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    throw asBackupError(error, OPERATION, path);
  }
}

function refused(message: string, path: string, hint: string): BackupError {
  return new BackupError(message, { code: 'usage', operation: OPERATION, path, hint });
}
