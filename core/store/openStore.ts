import { dirname, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  syncFolder,
  writeNewFile,
  isWithin,
  isLockFile,
  removeQuietly,
  sweepLockFiles,
  type StoreLock,
  type Ports,
  type FileSystem,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { catalogOf, readStoreNames } from './catalog.js';
import type { Catalog } from './backup.js';
import { IGNORE_FILE, TEMPORARY_PREFIX, isTemporaryFile, SIDE_FILE_SUFFIXES } from './storeFiles.js';

/** A store whose lock is held: the only way to add to it or take from it. */
export interface OpenStore {
  readonly project: Project;
  readonly ports: Ports;
  readonly lock: StoreLock;
  /** Read when it is first asked for. */
  readonly catalog: Catalog;
  /** All regular files in it. */
  readonly names: ReadonlySet<string>;
}

/** Lists the store once, and removes what processes left behind that died in the middle of a backup. */
export function openStore(project: Project, ports: Ports, lock: StoreLock): OpenStore {
  const { storePath } = project;
  const names = sweepLeftovers(storePath, readStoreNames(storePath, ports), ports);
  ignoreNewStore(storePath, names, ports);
  let catalog: Catalog | undefined;
  return {
    project,
    ports,
    lock,
    get catalog() {
      return (catalog ??= catalogOf(storePath, names, ports));
    },
    names: new Set(names),
  };
}

/**
 * The backups of a project, newest first. Only regular files count, never links; leftovers and metadata without a
 * backup do not. A store that does not exist is empty. Throws `unsafe-store` where it is no folder of the project, and
 * `too-large` where it contains far more files than any store.
 */
export function readCatalog(project: Project, ports: Ports): Catalog {
  if (checkStore(project, ports) === 'missing') return catalogOf(project.storePath, [], ports);
  return catalogOf(project.storePath, readStoreNames(project.storePath, ports), ports);
}

/** Makes the store's folder where there is none. Throws `unsafe-store`; see `checkStore`. */
export function prepareStore(project: Project, ports: Ports): void {
  if (checkStore(project, ports) === 'folder') return;
  try {
    ports.files.mkdirSync(project.storePath, { recursive: true, mode: 0o700 });
    // A synced backup is worth nothing in a folder whose own name was lost.
    syncFolder(dirname(project.storePath), ports.files);
  } catch (error) {
    throw asBackupError(error, 'make the backup store', project.storePath);
  }
  checkStore(project, ports);
}

/** Throws `unsafe-store` where the store's path is no folder, or a link that leads out of the project. */
export function checkStore(project: Project, ports: Ports): 'folder' | 'missing' {
  const { storePath } = project;
  try {
    const stats = ports.files.lstatSync(storePath, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    if (stats.isSymbolicLink()) return checkLink(project, ports);
    if (!stats.isDirectory()) throw unsafeStore(project, 'is not a folder');
    return 'folder';
  } catch (error) {
    throw asBackupError(error, 'look at the backup store', storePath);
  }
}

/**
 * Makes a folder of the store's own where there is none, and returns its path. Throws `unsafe-store` where something else
 * bears its name: a link would lead the store's work out of it.
 */
export function prepareFolderInStore({ storePath }: Project, name: string, { files }: Ports): string {
  const path = join(storePath, name);
  try {
    if (!isMade(path, files) && files.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw notAFolder(path);
  } catch (error) {
    throw asBackupError(error, 'make a folder in the backup store', path);
  }
  return path;
}

/**
 * Keeps a new store out of version control. Only while nothing else is in the folder: a user who wants to track backups
 * deletes this file, and then it stays away. For the holder of the lock: a crash between making the folder and this is
 * made good by the next run.
 */
export function ignoreNewStore(storePath: string, names: readonly string[], ports: Ports): void {
  if (names.some((name) => !isLockFile(name) && !name.startsWith(TEMPORARY_PREFIX))) return;
  try {
    // Whoever made the folder may have died before its own name was on the disk.
    syncFolder(dirname(storePath), ports.files);
    writeNewFile(join(storePath, IGNORE_FILE), Buffer.from('*\n'), ports.files);
  } catch (error) {
    throw asBackupError(error, 'make the backup store', storePath);
  }
}

/**
 * Removes what a process left that died in the middle of a backup or of pruning, and returns the other names. For the
 * holder of the store's lock: temporary files are only ever written by its holder, so all that are there now have no
 * owner. What cannot be removed is left for the next time.
 */
function sweepLeftovers(storePath: string, names: readonly string[], ports: Ports): readonly string[] {
  sweepLockFiles(storePath, names, ports.files);
  const present = new Set(names);
  const leftovers = new Set(names.filter((name) => isLeftover(name, present)));
  for (const name of leftovers) removeQuietly(join(storePath, name), ports.files);
  return leftovers.size === 0 ? names : names.filter((name) => !leftovers.has(name));
}

function isLeftover(name: string, present: ReadonlySet<string>): boolean {
  if (isTemporaryFile(name)) return true;
  const id = COMPANION.exec(name)?.[1];
  return id !== undefined && !present.has(`${id}.db`) && !present.has(`${id}.db.gz`);
}

/** Metadata and side files, by names that only backups have: a user's own `features_notes.json` is none of ours. */
const COMPANION = new RegExp(
  `^(features_(?:\\d+|emergency)_\\d{8}-\\d{6}.*)(?:\\.json|\\.db(?:${SIDE_FILE_SUFFIXES.join('|')}))$`,
  's',
);

/** False where something has that name already. */
function isMade(path: string, files: FileSystem): boolean {
  try {
    files.mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (systemErrorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

function checkLink(project: Project, ports: Ports): 'folder' {
  const target = ports.files.realpathSync(project.storePath);
  const root = ports.files.realpathSync(project.root);
  if (target === root || !isWithin(root, target)) throw unsafeStore(project, 'is a link that leads out of the project');
  if (!ports.files.statSync(target).isDirectory())
    throw unsafeStore(project, 'is a link to something that is no folder');
  return 'folder';
}

function unsafeStore(project: Project, what: string): BackupError {
  return new BackupError(`The backup store ${project.storePath} ${what}`, {
    code: 'unsafe-store',
    operation: 'look at the backup store',
    path: project.storePath,
    hint: 'Move what is there out of the way, or configure another folder for the store.',
  });
}

function notAFolder(path: string): BackupError {
  return new BackupError(`${path} is not a folder`, {
    code: 'unsafe-store',
    operation: 'make a folder in the backup store',
    path,
    hint: 'Nothing was written or deleted. Move what is there out of the store, then run this again.',
  });
}
