import { dirname } from 'node:path';
import { asBackupError, syncFolder, type Ports } from '../system/index.js';
import type { SideFileContent } from '../store/index.js';
import { recoverRestore } from './recover.js';
import { asidePath, identityOf, removeIfThere, renameSynced, stageFile } from './stagedFiles.js';

export interface Replacement {
  readonly image: Buffer;
  /** Only where a damaged set of files is put back exactly as it was. */
  readonly sideFiles?: readonly SideFileContent[];
}

export interface Swap {
  /** The real path, links resolved. */
  readonly databasePath: string;
  readonly replacement: Replacement;
  /**
   * A self-contained snapshot of what the live database holds now; undefined where none can be taken, or there is no
   * live database. Its files must be in an emergency backup by then.
   */
  readonly presentImage: Buffer | undefined;
  /** Throws when anyone has the database open; asked before every step that could part them from their file. */
  readonly assertFree: () => void;
}

/**
 * Replaces the live database by renames, so that at every instant, a crash included, the next open finds wholly the old
 * or wholly the new one. Each step is synced before the next; docs/checks-and-restore.md has the reasons.
 */
export function swapDatabase(swap: Swap, ports: Ports): void {
  const { databasePath } = swap;
  try {
    makeFolder(dirname(databasePath), ports);
    const staged = stageReplacement(swap, ports);
    swap.assertFree();
    if (swap.presentImage) putBridge(databasePath, swap.presentImage, ports);
    else setSideFilesAside(databasePath, ports);
    swap.assertFree();
    removeSideFiles(databasePath, ports);
    swap.assertFree();
    renameSynced(staged, databasePath, ports);
  } catch (error) {
    clearUp(databasePath, ports);
    throw asBackupError(error, 'replace the live database', databasePath);
  }
  // From here on it is done. What waits for the new file is put in place; what was set aside of the old one goes.
  if (swap.replacement.sideFiles?.length) recoverRestore(databasePath, ports);
  else clearUp(databasePath, ports);
}

/** A project reset may have taken the folder along, and those above it. Each new name is synced in its own folder. */
function makeFolder(folder: string, ports: Ports): void {
  if (ports.files.statSync(folder, { throwIfNoEntry: false })) return;
  const parent = dirname(folder);
  makeFolder(parent, ports);
  ports.files.mkdirSync(folder, { recursive: true });
  syncFolder(parent, ports.files);
}

/** The new database, written, synced and read back before anything live is touched. */
function stageReplacement(swap: Swap, ports: Ports): string {
  const { databasePath, replacement } = swap;
  const like = ports.files.statSync(databasePath, { throwIfNoEntry: false });
  const staged = stageFile(databasePath, replacement.image, like, ports);
  for (const side of replacement.sideFiles ?? []) {
    const stagedSide = stageFile(databasePath, side.bytes, like, ports);
    ports.files.renameSync(stagedSide, asidePath(databasePath, side.suffix, identityOf(staged, ports) ?? ''));
  }
  syncFolder(dirname(databasePath), ports.files);
  return staged;
}

/**
 * Puts a self-contained image of the present state in place of the live file. The old `-wal` or `-journal` beside it
 * holds nothing that this image does not, so replaying it changes nothing, and it can then be removed at leisure.
 */
function putBridge(databasePath: string, presentImage: Buffer, ports: Ports): void {
  const like = ports.files.statSync(databasePath, { throwIfNoEntry: false });
  renameSynced(stageFile(databasePath, presentImage, like, ports), databasePath, ports);
}

/**
 * Where there is no snapshot to make a bridge of: the side files are kept under the name of their database file, so that
 * a crash before the last step can give them back to it.
 */
function setSideFilesAside(databasePath: string, ports: Ports): void {
  const owner = identityOf(databasePath, ports);
  if (owner === undefined) return;
  for (const suffix of ['-wal', '-journal'] as const) {
    if (!ports.files.statSync(databasePath + suffix, { throwIfNoEntry: false })) continue;
    ports.files.renameSync(databasePath + suffix, asidePath(databasePath, suffix, owner));
  }
  syncFolder(dirname(databasePath), ports.files);
}

function removeSideFiles(databasePath: string, ports: Ports): void {
  for (const suffix of ['-wal', '-shm', '-journal']) removeIfThere(databasePath + suffix, ports);
  syncFolder(dirname(databasePath), ports.files);
}

/** Only tidying: it must not hide a failure, nor make one of a success. The next restore clears up as well. */
function clearUp(databasePath: string, ports: Ports): void {
  try {
    recoverRestore(databasePath, ports);
  } catch {
    // Whatever it is, the live database is whole.
  }
}
