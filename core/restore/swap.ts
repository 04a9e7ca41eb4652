import { dirname } from 'node:path';
import { asBackupError, syncFolder, type Ports } from '../system/index.js';
import type { SideFileContent } from '../store/index.js';
import { isSameFingerprint, readFingerprint, type DatabaseFingerprint } from '../snapshot/index.js';
import { changedMeanwhile } from './changedMeanwhile.js';
import { renameSynced, stageFile } from './stagedFiles.js';
import { asidePath, cleanUpRestore, removeIfPresent, versionIdentity } from '../live/index.js';

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
  /** The live files before `liveImage` was taken; undefined if no live database exists. */
  readonly seen: DatabaseFingerprint | undefined;
  /** Throws if a process has the database open; called before every step that would separate it from its file. */
  readonly assertFree: () => void;
}

/**
 * Replaces the live database by renames. At every moment, even after a crash, the next process opens either the old or
 * the new one. Each step is synced before the next; see docs/checks-and-restore.md.
 */
export function swapDatabase(swap: Swap, ports: Ports): void {
  const { databasePath, liveImage, seen } = swap;
  try {
    makeFolder(dirname(databasePath), ports);
    const staged = stageReplacement(swap, ports);
    const bridge = liveImage && stageBridge(databasePath, liveImage, ports);
    assertUntouched(seen, swap, ports);
    if (bridge) renameSynced(bridge.path, databasePath, ports);
    else setSideFilesAside(databasePath, ports);
    const bridged = seen && { ...seen, ...(bridge?.seen ?? { wal: null, hotJournal: false }) };
    assertUntouched(bridged, swap, ports);
    removeSideFiles(databasePath, ports);
    assertUntouched(bridged && { ...bridged, ...NO_SIDE_FILES }, swap, ports);
    renameSynced(staged, databasePath, ports);
  } catch (error) {
    cleanUpQuietly(databasePath, ports);
    throw asBackupError(error, 'replace the live database', databasePath);
  }
  // The swap is complete. Now the side files of the new database are moved, or those of the old one removed.
  if (swap.replacement.sideFiles?.length) cleanUpRestore(databasePath, ports);
  else cleanUpQuietly(databasePath, ports);
}

const NO_SIDE_FILES = { wal: null, walIndex: null, hotJournal: false } as const;

/**
 * Throws if a process has the database open, or has written it and closed it again: its commit would be lost. Nothing
 * slow may come between this and the next step.
 */
function assertUntouched(
  expected: DatabaseFingerprint | undefined,
  { databasePath, assertFree }: Swap,
  ports: Ports,
): void {
  assertFree();
  const now = readFingerprint(databasePath, ports);
  const isSame = expected === undefined || now === undefined ? expected === now : isSameFingerprint(expected, now);
  if (!isSame) throw changedMeanwhile(databasePath);
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
 * A self-contained image of the live database's own state. Once it has replaced the live file, replaying the old `-wal`
 * or `-journal` changes nothing, so they can be removed safely.
 */
function stageBridge(databasePath: string, liveImage: Buffer, ports: Ports) {
  const like = ports.files.statSync(databasePath, { throwIfNoEntry: false });
  const path = stageFile(databasePath, liveImage, like, ports);
  const staged = readFingerprint(path, ports);
  if (staged === undefined) throw new Error(`${path} has disappeared`);
  const { header, sizeBytes, mtimeNs } = staged;
  return { path, seen: { header, sizeBytes, mtimeNs } };
}

/**
 * For a live database of which no snapshot can be taken: moves the side files to names that contain the identity of
 * their database file. After a crash before the last step, they can be moved back.
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
