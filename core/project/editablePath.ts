import { asBackupError, isWithin, unsafeConfigurationFile, type Ports } from '../system/index.js';
import { realPath } from './safePaths.js';

/**
 * The path to write to, so that a link is kept: the link's target, else `path` itself, which may not exist yet. Throws
 * `unsafe-path` for a dangling link, and for a path that leaves all of the `folders` through links.
 */
export function editablePath(path: string, folders: readonly string[], ports: Pick<Ports, 'files'>): string {
  try {
    const target = realPath(path, ports);
    if (!folders.some((folder) => isWithin(realPath(folder, ports), target))) {
      throw unsafeConfigurationFile(path, `is a link that points outside ${String(folders[0])}`, EDITING);
    }
    if (ports.files.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() !== true) return path;
    if (ports.files.lstatSync(target, { throwIfNoEntry: false }) !== undefined) return target;
  } catch (error) {
    throw asBackupError(error, 'find a configuration file', path);
  }
  throw unsafeConfigurationFile(path, 'is a link to a file that does not exist', EDITING);
}

const EDITING = 'edit a configuration file';
