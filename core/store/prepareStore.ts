import { dirname, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  systemErrorCode,
  syncFolder,
  writeNewFile,
  isWithin,
  isLockFile,
  type Ports,
  type FileSystem,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { IGNORE_FILE, TEMPORARY_PREFIX } from './storeFiles.js';

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
