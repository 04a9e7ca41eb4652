import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asBackupError, isNotFound } from '../errors.js';
import { formatLockRecord, parseLockRecord } from '../locks/lockRecord.js';
import { systemOf, type FileSystem, type Ports } from '../ports.js';
import { livenessOf, ownIdentity } from '../processes/processIdentity.js';
import { isToken, uniqueToken } from '../processes/uniqueToken.js';
import { writeNewFile } from './atomicWrite.js';
import { readFolder } from './readFolder.js';
import { readSmallFile } from './readSmallFile.js';

export interface ScratchLocation {
  /** Part of the folder's name. */
  readonly purpose: 'drill' | 'snapshot' | 'copies';
  /** The folder to create it in; the system's temporary folder by default. */
  readonly parent?: string | undefined;
}

/**
 * Runs `work` in a new folder that only this user can enter, and removes the folder at the end, even on failure. First
 * removes folders that killed processes created for the same purpose. If the folder cannot be removed, warns and
 * still returns the result of `work`.
 */
export async function withScratchFolder<T>(
  location: ScratchLocation,
  ports: Ports,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  sweepScratchFolders(location, ports);
  const folder = makeFolder(location, ports);
  try {
    return await work(folder);
  } finally {
    removeOwnFolder(folder, ports);
  }
}

/** Removes the scratch folders of processes that have ended. The next sweep tries again to remove any that remain. */
export function sweepScratchFolders(location: ScratchLocation, ports: Ports): void {
  const parent = parentOf(location);
  for (const name of scratchNames(parent, prefixOf(location), ports.files)) {
    const folder = join(parent, name);
    try {
      if (isAbandoned(folder, ports)) removeFolder(folder, ports.files);
    } catch {
      // Its owner has just removed it, or the next sweep will.
    }
  }
}

function parentOf({ parent = tmpdir() }: ScratchLocation): string {
  return parent;
}

function prefixOf({ purpose }: ScratchLocation): string {
  return `feature-backups-${purpose}-`;
}

/** Empty if the parent cannot be read, or has too many entries to be searched. */
function scratchNames(parent: string, prefix: string, files: FileSystem): readonly string[] {
  try {
    return readFolder(parent, files, ({ name }) => name.startsWith(prefix) && isToken(name.slice(prefix.length)));
  } catch {
    return [];
  }
}

/** The file with the identity of the process that owns the folder. */
const OWNER_FILE = 'owner';
const MAX_OWNER_BYTES = 4096;

function makeFolder(location: ScratchLocation, ports: Ports): string {
  const { files, now } = ports;
  const system = systemOf(ports);
  const token = uniqueToken(system);
  const folder = join(parentOf(location), prefixOf(location) + token);
  try {
    const record = { ...ownIdentity(files, system), token, since: now().toISOString() };
    // Not recursive: an existing file or link of that name is an error.
    files.mkdirSync(folder, { mode: 0o700 });
    try {
      writeNewFile(join(folder, OWNER_FILE), formatLockRecord(record), files);
    } catch (error) {
      removeOwnFolder(folder, ports);
      throw error;
    }
    return folder;
  } catch (error) {
    throw asBackupError(error, 'create a temporary folder', folder);
  }
}

function isAbandoned(folder: string, ports: Ports): boolean {
  const { files } = ports;
  const ageMs = ports.now().getTime() - files.lstatSync(folder).mtimeMs;
  const owner = parseLockRecord(readSmallFile(join(folder, OWNER_FILE), MAX_OWNER_BYTES, files)?.toString() ?? '');
  if (owner === undefined) return ageMs > MAX_UNOWNED_MS;
  const system = systemOf(ports);
  const liveness = livenessOf(owner, ownIdentity(files, system), files, system);
  return liveness === 'dead' || (liveness === 'unknown' && ageMs > MAX_UNKNOWN_OWNER_MS);
}

/** Creating the folder and its owner file takes less than a millisecond. */
const MAX_UNOWNED_MS = 60_000;

/**
 * No work in a scratch folder takes a day. An owner in another container, or on some systems any owner, cannot be
 * checked.
 */
const MAX_UNKNOWN_OWNER_MS = 24 * 60 * 60 * 1000;

function removeOwnFolder(folder: string, ports: Ports): void {
  try {
    removeFolder(folder, ports.files);
  } catch (error) {
    if (isNotFound(error)) return;
    const reason = error instanceof Error ? error.message : String(error);
    ports.onWarning?.(
      `the temporary folder ${folder} could not be removed: ${reason}; delete it, because it contains a copy of the database`,
    );
  }
}

/**
 * Removes a folder and the files in it, but follows no link and removes no other user's folder, because anyone can create
 * a link or a folder with this name in a shared temporary folder.
 */
function removeFolder(folder: string, files: FileSystem): void {
  const stats = files.lstatSync(folder);
  if (!stats.isDirectory() || (process.getuid !== undefined && stats.uid !== process.getuid())) return;
  const failures: unknown[] = [];
  for (const name of readFolder(folder, files, () => true)) {
    try {
      files.unlinkSync(join(folder, name));
    } catch (error) {
      if (!isNotFound(error)) failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
  files.rmdirSync(folder);
}
