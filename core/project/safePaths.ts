import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { asBackupError, BackupError, systemErrorCode, isWithin, kindAt, type Ports } from '../system/index.js';

/** Who named the store: what lies in the project may not lead out of it; what is the user's own may. */
export type PathOrigin = 'project' | 'user';

/** The configured database, by the names alone: `liveDatabasePath` judges where links lead. */
export function databaseInside(root: string, configured: string): string {
  const path = resolve(root, configured);
  if (!isAbsolute(configured) && isWithin(root, path)) return path;
  throw new BackupError(`The configured database ${configured} leads out of the project ${root}`, {
    code: 'configuration',
    operation: 'find the database',
    path,
    hint: 'Give "database" as a path inside the project.',
  });
}

/**
 * The store's folder. Outside the project, where only the user's own configuration can put it, every project gets a
 * folder of its own in it.
 */
export function storeOf(root: string, configured: string, origin: PathOrigin, ports: Ports): string {
  const path = resolve(root, configured);
  if (!isWithin(root, path)) {
    if (origin === 'user') return join(path, ownFolderName(realPath(root, ports)));
    throw unsafeStore(path, `The store ${configured} leads out of the project ${root}`);
  }
  if (path === resolve(root)) throw unsafeStore(path, 'The store cannot be the project folder itself');
  const kind = kindAt(path, ports);
  if (kind !== 'nothing' && kind !== 'folder') throw unsafeStore(path, `The store ${path} is a ${kind}, not a folder`);
  if (!isWithin(realPath(root, ports), realPath(path, ports))) {
    throw unsafeStore(path, `The store ${path} is a link that leads out of the project`);
  }
  return path;
}

function unsafeStore(path: string, message: string): BackupError {
  return new BackupError(message, {
    code: 'unsafe-store',
    operation: 'find the store',
    path,
    hint: 'Choose a folder inside the project; a store elsewhere can only be set in your own configuration.',
  });
}

/**
 * The real path of as much as exists, with the rest appended; a link whose target is missing counts as that target.
 * Throws `unsafe-path` for links that lead in a circle, and `permission-denied` or `io` where the path cannot be read.
 */
export function realPath(path: string, ports: Pick<Ports, 'files'>, linksLeft = MAX_LINKS): string {
  try {
    return ports.files.realpathSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ELOOP' || linksLeft === 0) throw leadsInCircle(path);
    if (code === 'ENOTDIR') return path;
    const parent = dirname(path);
    if (code !== 'ENOENT') throw asBackupError(error, 'resolve the links in a path', path);
    if (parent === path) return path;
    const place = join(realPath(parent, ports, linksLeft), basename(path));
    if (!isLink(place, ports)) return place;
    return realPath(resolve(dirname(place), ports.files.readlinkSync(place)), ports, linksLeft - 1);
  }
}

/** As many as Linux follows in one path. */
const MAX_LINKS = 40;

function leadsInCircle(path: string): BackupError {
  return new BackupError(`${path} is a link that leads back to itself`, {
    code: 'unsafe-path',
    operation: 'resolve the links in a path',
    path,
    hint: 'Replace the link with a regular file, or let it lead to one.',
  });
}

export function isLink(path: string, ports: Pick<Ports, 'files'>): boolean {
  try {
    return ports.files.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (error) {
    // A folder on the way is a file, so there is nothing at this path.
    if (systemErrorCode(error) === 'ENOTDIR') return false;
    throw asBackupError(error, 'look at a path', path);
  }
}

/** The folder’s name for people, and a hash of its whole path (FNV-1a, 64 bits). Existing stores have these names. */
function ownFolderName(root: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(root)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return `${basename(root)}-${hash.toString(16).padStart(16, '0')}`;
}
