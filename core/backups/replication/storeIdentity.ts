import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { basename, join } from 'node:path';
import { asBackupError } from '../../errors.js';
import { PRIVATE_MODE, publishFile, removeQuietly, writeAll } from '../../files/atomicWrite.js';
import { readSmallFile } from '../../files/readSmallFile.js';
import { uniqueToken } from '../../files/uniqueToken.js';
import type { Project } from '../../project/types.js';
import type { Ports } from '../../ports.js';
import { REPLICATION_FOLDER, STORE_IDENTITY_FILE, temporaryPath } from '../storeFiles.js';
import { isProjectKey } from './targetNames.js';

/** Who a store is at every target. */
export interface StoreIdentity {
  /** The name of its folder there: `shop-front-1f2e3d4c`. */
  readonly key: string;
  readonly host: string;
  /** Where the project was when the key was made. */
  readonly root: string;
  /** Of the file that says all this: a copy of the store has another. */
  readonly inode: number;
}

/**
 * The key that this store has at targets; made by chance when it is first needed, so that no two projects, and no two
 * machines, ever write into one folder. A copy of a store, on this machine or another, gets a key of its own: its file
 * has another inode, and lies in another folder or on another host. A store that is only moved keeps its key.
 *
 * For the holder of the replication lock.
 */
export function identifyStore(project: Project, ports: Ports): StoreIdentity {
  const path = join(project.storePath, STORE_IDENTITY_FILE);
  try {
    const known = readIdentity(path, ports);
    if (known !== undefined && !isCopied(known, path, project, ports)) return known;
    return writeIdentity(path, project, known !== undefined, ports);
  } catch (error) {
    throw asBackupError(error, 'give the store a name for its targets', path);
  }
}

/** What the store already calls itself; undefined where it has never been copied anywhere. */
export function knownKey(project: Project, ports: Ports): string | undefined {
  return readIdentity(join(project.storePath, STORE_IDENTITY_FILE), ports)?.key;
}

function isCopied({ host, root, inode }: StoreIdentity, path: string, project: Project, ports: Ports): boolean {
  if (host === hostname() && root === ports.files.realpathSync(project.root)) return false;
  return ports.files.statSync(path).ino !== inode;
}

function writeIdentity(path: string, project: Project, replaces: boolean, { files }: Ports): StoreIdentity {
  const temporary = temporaryPath(join(project.storePath, REPLICATION_FOLDER), uniqueToken());
  const descriptor = files.openSync(temporary, 'wx', PRIVATE_MODE);
  try {
    const identity: StoreIdentity = {
      key: `${nameFor(project)}-${randomBytes(4).toString('hex')}`,
      host: hostname(),
      root: files.realpathSync(project.root),
      inode: files.fstatSync(descriptor).ino,
    };
    writeAll(descriptor, Buffer.from(`${JSON.stringify({ format: 1, ...identity }, null, 2)}\n`), files);
    files.fsyncSync(descriptor);
    if (replaces) files.renameSync(temporary, path);
    else publishFile(temporary, path, files);
    return identity;
  } catch (error) {
    removeQuietly(temporary, files);
    throw error;
  } finally {
    files.closeSync(descriptor);
  }
}

function readIdentity(path: string, { files }: Ports): StoreIdentity | undefined {
  const text = readSmallFile(path, MAX_IDENTITY_BYTES, files)?.toString('utf8');
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return undefined;
    const { key, host, root, inode } = { ...value } as Readonly<Record<string, unknown>>;
    if (typeof host !== 'string' || typeof root !== 'string' || typeof inode !== 'number') return undefined;
    return isProjectKey(key) ? { key, host, root, inode } : undefined;
  } catch {
    // Not ours any more: the store gets a new key, and its old copies stay where they are.
    return undefined;
  }
}

const MAX_IDENTITY_BYTES = 64 * 1024;

/** The folder's name, as far as every target can have it as a name. */
function nameFor({ root }: Project): string {
  const safe = basename(root)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, MAX_NAME_LENGTH);
  return safe === '' ? 'project' : safe;
}

const MAX_NAME_LENGTH = 60;
