import { dirname } from 'node:path';
import { asBackupError, syncFolder, type Ports } from '../system/index.js';
import type { SideFileContent } from '../store/index.js';
import { cleanUpRestore } from './cleanUpRestore.js';
import { asidePath, versionIdentity, removeIfPresent, renameSynced, stageFile } from './stagedFiles.js';

export interface Replacement {
  readonly image: Buffer;
  /** Only to restore a damaged set of files unchanged. */
  readonly sideFiles?: readonly SideFileContent[];
}

export interface Swap {
  /** The real path, links resolved. */
  readonly databasePath: string;
  readonly replacement: Replacement;
  /**
   * A self-contained snapshot of the live database; undefined if none can be taken or no live database exists. Its
   * files must already be in an emergency backup.
   */
  readonly liveImage: Buffer | undefined;
  /** Throws if a process has the database open; called before every step that would separate it from its file. */
  readonly assertFree: () => void;
}

/**
 * Replaces the live database by renames. At every moment, even after a crash, the next process opens either the old or
 * the new one. Each step is synced before the next; see docs/checks-and-restore.md.
 */
export function swapDatabase(swap: Swap, ports: Ports): void {
  const { databasePath } = swap;
  try {
    makeFolder(dirname(databasePath), ports);
    const staged = stageReplacement(swap, ports);
    swap.assertFree();
    if (swap.liveImage) replaceWithSelfContained(databasePath, swap.liveImage, ports);
    else setSideFilesAside(databasePath, ports);
    swap.assertFree();
    removeSideFiles(databasePath, ports);
    swap.assertFree();
    renameSynced(staged, databasePath, ports);
  } catch (error) {
    cleanUpQuietly(databasePath, ports);
    throw asBackupError(error, 'replace the live database', databasePath);
  }
  // The swap is complete. Now the side files of the new database are moved, or those of the old one removed.
  if (swap.replacement.sideFiles?.length) cleanUpRestore(databasePath, ports);
  else cleanUpQuietly(databasePath, ports);
}

/** A project reset may have deleted the folder and its parents. Each new name is synced in its own folder. */
function makeFolder(folder: string, ports: Ports): void {
  if (ports.files.statSync(folder, { throwIfNoEntry: false })) return;
  const parent = dirname(folder);
  makeFolder(parent, ports);
  ports.files.mkdirSync(folder, { recursive: true });
  syncFolder(parent, ports.files);
}

/** Writes, syncs and reads back the new database before any live file changes. */
function stageReplacement(swap: Swap, ports: Ports): string {
  const { databasePath, replacement } = swap;
  const like = ports.files.statSync(databasePath, { throwIfNoEntry: false });
  const staged = stageFile(databasePath, replacement.image, like, ports);
  for (const side of replacement.sideFiles ?? []) {
    const stagedSide = stageFile(databasePath, side.bytes, like, ports);
    ports.files.renameSync(stagedSide, asidePath(databasePath, side.suffix, versionIdentity(staged, ports) ?? ''));
  }
  syncFolder(dirname(databasePath), ports.files);
  return staged;
}

/**
 * Replaces the live file with a self-contained image of its own state. Replaying the old `-wal` or `-journal` changes
 * nothing in this image, so they can be removed safely.
 */
function replaceWithSelfContained(databasePath: string, liveImage: Buffer, ports: Ports): void {
  const like = ports.files.statSync(databasePath, { throwIfNoEntry: false });
  renameSynced(stageFile(databasePath, liveImage, like, ports), databasePath, ports);
}

/**
 * For a live database of which no snapshot can be taken: moves the side files to names that contain the identity of their
 * database file. After a crash before the last step, they can be moved back.
 */
function setSideFilesAside(databasePath: string, ports: Ports): void {
  const owner = versionIdentity(databasePath, ports);
  if (owner === undefined) return;
  for (const suffix of ['-wal', '-journal'] as const) {
    if (!ports.files.statSync(databasePath + suffix, { throwIfNoEntry: false })) continue;
    ports.files.renameSync(databasePath + suffix, asidePath(databasePath, suffix, owner));
  }
  syncFolder(dirname(databasePath), ports.files);
}

function removeSideFiles(databasePath: string, ports: Ports): void {
  for (const suffix of ['-wal', '-shm', '-journal']) removeIfPresent(databasePath + suffix, ports);
  syncFolder(dirname(databasePath), ports.files);
}

/** Best effort: it must not hide a failure or cause one. The next restore cleans up too. */
function cleanUpQuietly(databasePath: string, ports: Ports): void {
  try {
    cleanUpRestore(databasePath, ports);
  } catch {
    // Whatever failed, the live database is intact.
  }
}
