import nodeFileSystem, { constants } from 'node:fs';
import { dirname, sep } from 'node:path';

type NodeFileSystem = typeof nodeFileSystem;

/** A folder whose new entries belong to somebody else than the process that creates them. */
export interface OwnedFolder {
  readonly path: string;
  /** New folders that lead from the first of these to the second belong to the owner, too. */
  readonly ways: readonly (readonly [from: string, to: string])[];
  readonly owner: { readonly uid: number; readonly gid: number };
}

const OWNED = new Map<string, OwnedFolder>();

/**
 * From now on, gives the owner all new entries of a folder, and the folder itself, that `filesForRoot` creates. For a store
 * in another user's project: otherwise that user could no longer read it.
 */
export function giveNewEntries(folder: OwnedFolder): void {
  if (folder.owner.uid === 0) OWNED.delete(folder.path);
  else OWNED.set(folder.path, folder);
}

/** `node:fs` for a process that runs as root. Gives away only what it has just created itself, and follows no link. */
export const filesForRoot: NodeFileSystem = Object.defineProperties(
  {} as NodeFileSystem,
  Object.getOwnPropertyDescriptors(nodeFileSystem),
);
filesForRoot.openSync = openSync;
filesForRoot.mkdirSync = mkdirSync;

function openSync(...[path, flags, mode]: Parameters<NodeFileSystem['openSync']>): number {
  const descriptor = nodeFileSystem.openSync(path, flags, mode);
  const folder = isNew(flags) ? ownedFolderOf(path.toString()) : undefined;
  if (folder !== undefined) giveAway(descriptor, folder);
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
  for (let made = path.toString(); top !== undefined; made = dirname(made)) {
    giveFolderAway(made);
    if (made === top || made === dirname(made)) break;
  }
  return first;
}

function giveFolderAway(path: string): void {
  const folder = ownedFolderOf(path) ?? [...OWNED.values()].find((owned) => isOnWay(path, owned));
  if (folder === undefined) return;
  let descriptor: number;
  try {
    descriptor = nodeFileSystem.openSync(path, OPEN_FOLDER);
  } catch {
    // It was replaced meanwhile.
    return;
  }
  giveAway(descriptor, folder);
  nodeFileSystem.closeSync(descriptor);
}

const OPEN_FOLDER = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;

function ownedFolderOf(path: string): OwnedFolder | undefined {
  for (const folder of OWNED.values()) if (isAtOrBelow(folder.path, path)) return folder;
  return undefined;
}

function isOnWay(path: string, { ways }: OwnedFolder): boolean {
  return ways.some(([from, to]) => path !== from && isAtOrBelow(from, path) && isAtOrBelow(path, to));
}

function isAtOrBelow(folder: string, path: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

function giveAway(descriptor: number, { owner }: OwnedFolder): void {
  try {
    nodeFileSystem.fchownSync(descriptor, owner.uid, owner.gid);
  } catch {
    // The file system has no owners, or root here is not root of it. The backup is as good.
  }
}
