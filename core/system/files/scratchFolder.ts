import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asBackupError } from '../errors.js';
import { findLock, formatLockRecord } from '../locks/lockRecord.js';
import { systemOf, type Ports } from '../ports.js';
import { ownIdentity } from '../processes/processIdentity.js';
import { isToken, uniqueToken } from '../processes/uniqueToken.js';
import { removeQuietly, writeNewFile } from './atomicWrite.js';

/** Runs `work` in a new folder that only this user can enter; it is removed at the end, whatever happens. */
export async function withScratchFolder<T>(ports: Ports, work: (folder: string) => Promise<T>): Promise<T> {
  const token = uniqueToken(systemOf(ports));
  const folder = join(tmpdir(), PREFIX + token);
  try {
    makeFolder(folder, token, ports);
    return await work(folder);
  } finally {
    removeFolder(folder, ports);
  }
}

/** Removes the scratch folders of drills that were killed. What cannot be removed is left for the next time. */
export function sweepScratchFolders(ports: Ports): void {
  for (const name of namesIn(tmpdir(), ports)) {
    const folder = join(tmpdir(), name);
    if (isScratchFolder(name) && isAbandoned(folder, ports)) removeFolder(folder, ports);
  }
}

const PREFIX = 'feature-backups-drill-';

function isScratchFolder(name: string): boolean {
  return name.startsWith(PREFIX) && isToken(name.slice(PREFIX.length));
}

/** Says which process the folder belongs to. */
const OWNER = 'owner';

function makeFolder(folder: string, token: string, { files, now }: Ports): void {
  try {
    files.mkdirSync(folder, { mode: 0o700 });
    const record = { ...ownIdentity(files), token, since: now().toISOString() };
    writeNewFile(join(folder, OWNER), formatLockRecord(record), files);
  } catch (error) {
    throw asBackupError(error, 'make a folder to restore into', folder);
  }
}

/** Only what is this user's own folder: anybody may have put such a name into a shared temporary folder. */
function isAbandoned(folder: string, ports: Ports): boolean {
  const { files, now } = ports;
  try {
    const stats = files.lstatSync(folder);
    if (!stats.isDirectory() || (process.getuid !== undefined && stats.uid !== process.getuid())) return false;
    const owner = findLock(join(folder, OWNER), ownIdentity(files), now().getTime(), ports);
    return owner?.stale ?? now().getTime() - stats.mtimeMs > NOT_YET_OWNED_MS;
  } catch {
    // It has just been removed by its owner.
    return false;
  }
}

/** Between the folder and the file that says whose it is lies less than a millisecond. */
const NOT_YET_OWNED_MS = 60_000;

/** It is one level deep. Nothing in it is followed: unlinking a link leaves alone what it leads to. */
function removeFolder(folder: string, { files }: Ports): void {
  for (const name of namesIn(folder, { files })) removeQuietly(join(folder, name), files);
  try {
    files.rmdirSync(folder);
  } catch {
    // Swept by the next drill.
  }
}

function namesIn(folder: string, { files }: Pick<Ports, 'files'>): readonly string[] {
  try {
    return files.readdirSync(folder);
  } catch {
    return [];
  }
}
