import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { asBackupError, BackupError, systemErrorCode, isWithin, kindAt, type Ports } from '../system/index.js';

/** The source of a path. Only the user's configuration may name a path outside the project. */
export type PathOrigin = 'project' | 'user';

/** Checks the path only; `liveDatabasePath` checks links. */
export function databaseInside(root: string, configured: string): string {
  const path = resolve(root, configured);
  if (!isAbsolute(configured) && isWithin(root, path)) return path;
  throw new BackupError(`The configured database ${configured} points outside the project ${root}`, {
    code: 'configuration',
    operation: 'find the database',
    path,
    hint: 'Set "database" to a path inside the project.',
  });
}

/**
 * The store's folder. If it is outside the project, which only the user's configuration allows, each project gets its own
 * subfolder.
 */
export function storeOf(root: string, configured: string, origin: PathOrigin, ports: Ports): string {
  const path = resolve(root, configured);
  if (!isWithin(root, path)) {
    if (origin === 'user') return join(path, ownFolderName(realPath(root, ports)));
    throw unsafeStore(path, `The store ${configured} points outside the project ${root}`);
  }
  if (path === resolve(root)) throw unsafeStore(path, 'The store cannot be the project folder itself');
  const kind = kindAt(path, ports);
  if (kind !== 'nothing' && kind !== 'folder') {
    const hint = 'Move it away; the next backup creates the folder.';
    throw unsafeStore(path, `The store ${path} is a ${kind}, not a folder`, hint);
  }
  if (!isWithin(realPath(root, ports), realPath(path, ports))) {
    throw unsafeStore(path, `The store ${path} is a link that points outside the project`);
  }
  return path;
}

function unsafeStore(path: string, message: string, hint = INSIDE): BackupError {
  return new BackupError(message, { code: 'unsafe-store', operation: 'find the store', path, hint });
}

const INSIDE = 'Choose a folder inside the project. Only your user configuration file can set a store elsewhere.';

/**
 * The real path of the existing part, with the rest appended; a dangling link is resolved to its missing target.
 * Throws `unsafe-path` for circular links, and `permission-denied` or `io` if the path cannot be read.
 */
export function realPath(path: string, ports: Pick<Ports, 'files'>, linksLeft = MAX_LINKS): string {
  try {
    return ports.files.realpathSync(path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ELOOP' || linksLeft === 0) throw circularLink(path);
    if (code === 'ENOTDIR') return path;
    const parent = dirname(path);
    if (code !== 'ENOENT') throw asBackupError(error, 'resolve the links in a path', path);
    if (parent === path) return path;
    const place = join(realPath(parent, ports, linksLeft), basename(path));
    if (!isLink(place, ports)) return place;
    return realPath(resolve(dirname(place), ports.files.readlinkSync(place)), ports, linksLeft - 1);
  }
}

/** The limit of Linux. */
const MAX_LINKS = 40;

function circularLink(path: string): BackupError {
  return new BackupError(`${path} is a link that points to itself`, {
    code: 'unsafe-path',
    operation: 'resolve the links in a path',
    path,
    hint: 'Replace the link with a regular file or with a link to one.',
  });
}

export function isLink(path: string, ports: Pick<Ports, 'files'>): boolean {
  try {
    return ports.files.lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() ?? false;
  } catch (error) {
    // A parent is a file, so the path does not exist.
    if (systemErrorCode(error) === 'ENOTDIR') return false;
    throw asBackupError(error, 'inspect a path', path);
  }
}

/** The folder’s name plus a hash of its path. Existing stores have these names. */
function ownFolderName(root: string): string {
  return `${basename(root)}-${hashOfPath(root)}`;
}

/** FNV-1a, 64 bits, 16 hex digits. Loading `node:crypto` would take longer than a backup of an unchanged database. */
export function hashOfPath(path: string): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of Buffer.from(path)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return hash.toString(16).padStart(16, '0');
}
