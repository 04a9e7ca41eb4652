import { isAbsolute, relative, sep } from 'node:path';
import { asBackupError, BackupError, isNotFound } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { readPlainFile } from './readSmallFile.js';

/** Far larger than any configuration file. */
export const MAX_CONFIGURATION_BYTES = 4 * 1024 * 1024;

const OPERATION = 'read a configuration file';

/**
 * Reads a configuration file below `root`, such as `package.json`. Follows links within `root` only, and refuses pipes,
 * devices and files above `maxSizeBytes` without reading them. Undefined if missing. Throws `unsafe-path` for a refused
 * file, and the wrapped system error for an unreadable one.
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
      throw unsafeConfigurationFile(path, `is a link that points outside ${root}`, OPERATION);
    const file = readPlainFile(target, maxSizeBytes, files);
    if (file.status === 'refused') throw unsafeConfigurationFile(path, `is ${file.reason}`, OPERATION);
    return file.status === 'read' ? file.content : undefined;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, OPERATION, path);
  }
}

/** Whether `path` is `folder` or below it. Compares the names only; both must be absolute. */
export function isWithin(folder: string, path: string): boolean {
  const fromFolder = relative(folder, path);
  return fromFolder !== '..' && !fromFolder.startsWith(`..${sep}`) && !isAbsolute(fromFolder);
}

/** `reason` follows the path in the message. */
export function unsafeConfigurationFile(path: string, reason: string, operation: string): BackupError {
  return new BackupError(`${path} ${reason}`, {
    code: 'unsafe-path',
    operation,
    path,
    hint: 'Replace it with a regular file inside the project, then try again.',
  });
}
