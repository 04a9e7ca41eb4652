import { isAbsolute, relative, sep } from 'node:path';
import { asBackupError, BackupError, isNotFound } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { readPlainFile } from './readSmallFile.js';

/** No configuration file that people write comes near it. */
export const MAX_CONFIGURATION_BYTES = 4 * 1024 * 1024;

const READING = 'read a configuration file';

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
    if (!isWithin(files.realpathSync(root), target))
      throw unsafeConfigurationFile(path, `is a link that leads out of ${root}`, READING);
    const file = readPlainFile(target, maxSizeBytes, files);
    if (file.status === 'refused') throw unsafeConfigurationFile(path, `is ${file.reason}`, READING);
    return file.status === 'read' ? file.content : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, READING, path);
  }
}

/** Whether `path` is `folder` or lies below it, by the names alone. Both absolute. */
export function isWithin(folder: string, path: string): boolean {
  const between = relative(folder, path);
  return between !== '..' && !between.startsWith(`..${sep}`) && !isAbsolute(between);
}

/** A configuration file that is refused for where it lies, or for what it is. `why` follows its path. */
export function unsafeConfigurationFile(path: string, why: string, operation: string): BackupError {
  return new BackupError(`${path} ${why}`, {
    code: 'unsafe-path',
    operation,
    path,
    hint: 'Replace it with a regular file inside the project, then run this again.',
  });
}
