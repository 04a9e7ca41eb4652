import { isAbsolute, relative, sep } from 'node:path';
import { asBackupError, BackupError, isNotFound } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { readPlainFile } from './readSmallFile.js';

/** No configuration file that people write comes near it. */
export const MAX_CONFIGURATION_BYTES = 4 * 1024 * 1024;

/**
 * Reads a configuration file below `root`, such as `package.json`. Links are followed within `root` only; pipes, devices
 * and files above `maxSizeBytes` are refused without being read. Undefined where the file is missing. Throws
 * `unsafe-path` for a refused file, and the system's error, wrapped, for an unreadable one.
 */
export function readFileWithin(
  root: string,
  path: string,
  files: FileSystem,
  maxSizeBytes: number = MAX_CONFIGURATION_BYTES,
): Buffer | undefined {
  try {
    const target = files.realpathSync(path);
    if (!isWithin(files.realpathSync(root), target)) throw refused(path, `is a link that leads out of ${root}`);
    const file = readPlainFile(target, maxSizeBytes, files);
    if (file.status === 'refused') throw refused(path, `is ${file.reason}`);
    return file.status === 'read' ? file.content : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, 'read a configuration file', path);
  }
}

/** Whether `path` is `folder` or lies below it, by the names alone. Both absolute. */
export function isWithin(folder: string, path: string): boolean {
  const between = relative(folder, path);
  return between !== '..' && !between.startsWith(`..${sep}`) && !isAbsolute(between);
}

function refused(path: string, why: string): BackupError {
  return new BackupError(`${path} ${why}`, {
    code: 'unsafe-path',
    operation: 'read a configuration file',
    path,
    hint: 'Replace it with a regular file inside the project, then run this again.',
  });
}
