import nodeFileSystem, { constants } from 'node:fs';
import { dirname, sep } from 'node:path';

type NodeFileSystem = typeof nodeFileSystem;

/** A folder whose new entries will belong to a user other than the one that creates them. */
export interface OwnedFolder {
  readonly path: string;
  /** New folders between the first path and the second, which is below it, will also belong to the owner. */
  readonly ancestorPaths: readonly (readonly [from: string, to: string])[];
  readonly owner: { readonly uid: number; readonly gid: number };
}

const OWNED = new Map<string, OwnedFolder>();

/**
 * From now on, changes the owner of everything that `filesForRoot` creates in this folder, and of the folder itself. For a
 * store in another user's project, who could otherwise no longer read it.
 */
export function changeOwnerOfNewEntries(folder: OwnedFolder): void {
  if (folder.owner.uid === 0) OWNED.delete(folder.path);
  else OWNED.set(folder.path, folder);
}

/** `node:fs` for a process that runs as root. Changes the owner only of what it has just created, and follows no link. */
export const filesForRoot: NodeFileSystem = Object.defineProperties(
  {} as NodeFileSystem,
  Object.getOwnPropertyDescriptors(nodeFileSystem),
);
filesForRoot.openSync = openSync;
filesForRoot.mkdirSync = mkdirSync;

function openSync(...[path, flags, mode]: Parameters<NodeFileSystem['openSync']>): number {
  const descriptor = nodeFileSystem.openSync(path, flags, mode);
  const folder = isNew(flags) ? ownedFolderOf(path.toString()) : undefined;
  if (folder !== undefined) changeOwner(descriptor, folder);
  return descriptor;
}

/** The engine creates the files of a store exclusively; it never opens an existing one to write to it. */
function isNew(flags: Parameters<NodeFileSystem['openSync']>[1]): boolean {
  if (typeof flags === 'number') return (flags & constants.O_EXCL) !== 0;
  return flags.includes('x');
}

function mkdirSync(...[path, options]: Parameters<NodeFileSystem['mkdirSync']>): string | undefined {
  const first = nodeFileSystem.mkdirSync(path, options);
  const isRecursive = typeof options === 'object' && options?.recursive === true;
  const top = isRecursive ? first : path.toString();
  for (let created = path.toString(); top !== undefined; created = dirname(created)) {
    changeFolderOwner(created);
    if (created === top || created === dirname(created)) break;
  }
  return first;
}

function changeFolderOwner(path: string): void {
  const folder = ownedFolderOf(path) ?? [...OWNED.values()].find((owned) => isOnAncestorPath(path, owned));
  if (folder === undefined) return;
  let descriptor: number;
  try {
    descriptor = nodeFileSystem.openSync(path, OPEN_FOLDER);
  } catch {
    // It was replaced meanwhile.
    return;
  }
  changeOwner(descriptor, folder);
  nodeFileSystem.closeSync(descriptor);
}

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

function ownedFolderOf(path: string): OwnedFolder | undefined {
  for (const folder of OWNED.values()) if (isAtOrBelow(folder.path, path)) return folder;
  return undefined;
}

function isOnAncestorPath(path: string, { ancestorPaths }: OwnedFolder): boolean {
  return ancestorPaths.some(([from, to]) => path !== from && isAtOrBelow(from, path) && isAtOrBelow(path, to));
}

function isAtOrBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function changeOwner(descriptor: number, { owner }: OwnedFolder): void {
  try {
    nodeFileSystem.fchownSync(descriptor, owner.uid, owner.gid);
  } catch {
    // The file system has no owners, or root lacks the rights there. The backup is still valid.
  }
}
