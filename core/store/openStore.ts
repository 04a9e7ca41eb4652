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

/** A store whose lock this process owns: required for every change. */
export interface OpenStore {
  readonly project: Project;
  readonly ports: Ports;
  readonly lock: StoreLock;
  /** Read on first use. */
  readonly catalog: Catalog;
  /** All regular files in the store; like the catalog, those before this process changed anything. */
  readonly names: ReadonlySet<string>;
}

/** Lists the store once and removes leftovers of processes that ended during a backup. */
export function openStore(project: Project, ports: Ports, lock: StoreLock): OpenStore {
  const { storePath } = project;
  const names = sweepLeftovers(storePath, readStoreNames(storePath, ports), ports);
  excludeFromVersionControl(storePath, names, ports);
  return storeWithNames(project, ports, lock, () => names);
}

/**
 * For a change to one known backup: lists the store only if its names or its catalog are used. Otherwise a change to each
 * of many backups would list all of them every time. Leftovers stay until the next backup.
 */
export function openStoreUnlisted(project: Project, ports: Ports, lock: StoreLock): OpenStore {
  return storeWithNames(project, ports, lock, () => readStoreNames(project.storePath, ports));
}

function storeWithNames(
  project: Project,
  ports: Ports,
  lock: StoreLock,
  listNames: () => readonly string[],
): OpenStore {
  let names: ReadonlySet<string> | undefined;
  let catalog: Catalog | undefined;
  return {
    project,
    ports,
    lock,
    get catalog() {
      return (catalog ??= catalogOf(project.storePath, [...this.names], ports));
    },
    get names() {
      return (names ??= new Set(listNames()));
    },
  };
}

/**
 * The backups of a project, newest first. Links, leftovers and metadata without a backup are ignored. Empty if the store
 * does not exist. Throws `unsafe-store` if it is not a folder inside the project, and `too-large` if it contains more
 * files than can be listed.
 */
export function readCatalog(project: Project, ports: Ports): Catalog {
  checkStore(project, ports);
  return catalogOf(project.storePath, readStoreNames(project.storePath, ports), ports);
}

/** Creates the store's folder if it does not exist. Throws `unsafe-store`; see `checkStore`. */
export function prepareStore(project: Project, ports: Ports): void {
  if (checkStore(project, ports) === 'folder') return;
  try {
    ports.files.mkdirSync(project.storePath, { recursive: true, mode: 0o700 });
    // Otherwise a power failure could lose the folder together with its synced backups.
    syncFolder(dirname(project.storePath), ports.files);
  } catch (error) {
    throw asBackupError(error, 'create the backup store', project.storePath);
  }
  checkStore(project, ports);
}

/** Throws `unsafe-store` if the store's path is not a folder, or is a link that points outside the project. */
export function checkStore(project: Project, ports: Ports): 'folder' | 'missing' {
  const { storePath } = project;
  try {
    const stats = ports.files.lstatSync(storePath, { throwIfNoEntry: false });
    if (stats === undefined) return 'missing';
    if (stats.isSymbolicLink()) return checkLink(project, ports);
    if (!stats.isDirectory()) throw unsafeStore(project, 'is not a folder');
    return 'folder';
  } catch (error) {
    throw asBackupError(error, 'read the backup store', storePath);
  }
}

/**
 * Creates a folder inside the store if it does not exist, and returns its path. Throws `unsafe-store` if the name
 * belongs to anything else: a link would point outside the store.
 */
export function prepareFolderInStore({ storePath }: Project, name: string, { files }: Ports): string {
  const path = join(storePath, name);
  try {
    if (!createFolder(path, files) && files.lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
      throw notAFolder(path);
  } catch (error) {
    throw asBackupError(error, 'create a folder in the backup store', path);
  }
  return path;
}

/**
 * Adds a `.gitignore` to a new store. Only to an empty one: a user who wants to commit backups deletes the file, and it
 * must not return. The caller owns the lock.
 */
export function excludeFromVersionControl(storePath: string, names: readonly string[], ports: Ports): void {
  if (names.some((name) => !isLockFile(name) && !name.startsWith(TEMPORARY_PREFIX))) return;
  try {
    // The process that created the folder may have ended before it was synced to disk.
    syncFolder(dirname(storePath), ports.files);
    writeNewFile(join(storePath, IGNORE_FILE), Buffer.from('*\n'), ports.files);
  } catch (error) {
    throw asBackupError(error, 'create the backup store', storePath);
  }
}

/**
 * Removes leftovers of processes that ended during a backup or during pruning, and returns the other names. Only the
 * owner of the lock writes temporary files, so all that exist now have no owner. The next run retries what cannot be
 * removed.
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
  const id = METADATA_OR_SIDE_FILE.exec(name)?.[1];
  return id !== undefined && !present.has(`${id}.db`) && !present.has(`${id}.db.gz`);
}

/** Matches only the names of backups: not a user's own `features_notes.json`. */
const METADATA_OR_SIDE_FILE = new RegExp(
  `^(features_(?:\\d+|emergency)_\\d{8}-\\d{6}.*)(?:\\.json|\\.db(?:${SIDE_FILE_SUFFIXES.join('|')}))$`,
  's',
);

/** False if the name already exists. */
function createFolder(path: string, files: FileSystem): boolean {
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
  if (target === root || !isWithin(root, target))
    throw unsafeStore(project, 'is a link that points outside the project');
  if (!ports.files.statSync(target).isDirectory())
    throw unsafeStore(project, 'is a link to something that is not a folder');
  return 'folder';
}

function unsafeStore(project: Project, problem: string): BackupError {
  return new BackupError(`The backup store ${project.storePath} ${problem}`, {
    code: 'unsafe-store',
    operation: 'read the backup store',
    path: project.storePath,
    hint: 'Move it away, or configure another folder for the store.',
  });
}

function notAFolder(path: string): BackupError {
  return new BackupError(`${path} is not a folder`, {
    code: 'unsafe-store',
    operation: 'create a folder in the backup store',
    path,
    hint: 'Nothing was written or deleted. Move it out of the store, then try again.',
  });
}
