import { isAbsolute, join } from 'node:path';
import {
  asBackupError,
  BackupError,
  parseJson,
  PRIVATE_MODE,
  publishFile,
  readSmallFile,
  asRecord,
  removeQuietly,
  syncFolder,
  systemOf,
  uniqueToken,
  writeAll,
  type Ports,
} from '../system/index.js';
import { realPath, type Project } from '../project/index.js';
import { isProjectKey, newProjectKey } from '../projects/index.js';
import { REPLICATION_FOLDER, STORE_IDENTITY_FILE, temporaryPath } from '../store/index.js';
import type { StoreIdentity } from './target.js';
import { parseDescription } from './projectDescription.js';
import type { TargetRecords } from './targetRecords.js';

interface IdentityFile extends Omit<StoreIdentity, 'isProven'> {
  /** Of the file itself; it differs in a copy of the store. */
  readonly inode: number;
}

/**
 * The random key of this store at targets: no two projects or machines may write to the same folder. A copied store gets
 * a new key, a moved store keeps its own.
 *
 * A store can come with a clone, so the text of its file must never lead to the copies of another project. The user's own
 * record proves the key, or the file's inode, which nobody can choose. Without either (version 0.1.0 kept no record), a
 * key counts if it belongs to no other store; see `assertOwnFolder`.
 *
 * The caller owns the replication lock.
 */
export function identifyStore(project: Project, records: TargetRecords, ports: Ports): StoreIdentity {
  const path = join(project.storePath, STORE_IDENTITY_FILE);
  try {
    const file = readIdentity(path, ports);
    const trust = file === undefined ? 'none' : trustIn(file, path, project, records, ports);
    if (file !== undefined && trust === 'plausible') return { ...file, isProven: false };
    const identity = file === undefined || trust === 'none' ? writeIdentity(path, project, ports) : file;
    if (records.ownerOf(identity.key) !== 'this-store') {
      // If a power failure lost the file, the store would get another key, and the copies would never be pruned.
      syncFolder(project.storePath, ports.files);
      records.claim(identity.key);
    }
    return { ...identity, isProven: true };
  } catch (error) {
    throw asBackupError(error, 'identify the store', path);
  }
}

/** Throws `target-failed` if an unproven key names the folder of another project; `description`: its `project.json`. */
export function assertOwnFolder(
  identity: StoreIdentity,
  place: string,
  description: Buffer | undefined,
  ports: Ports,
): void {
  if (identity.isProven || description === undefined) return;
  const { root, host } = parseDescription(identity.key, description);
  const isOwnRoot = root === identity.root || (isAbsolute(root) && realPath(root, ports) === identity.root);
  // Without a root, the description is damaged.
  if (root === '' || (isOwnRoot && host === identity.host)) return;
  throw new BackupError(`${place} contains the copies of another project: ${root} on ${host}`, {
    code: 'target-failed',
    operation: 'sync the backups',
    hint: 'Nothing was copied or removed. If this store is a copy, delete its file .store-id; it then gets its own folder.',
  });
}

/** The store's key; undefined if it was never synced to a target. */
export function readStoreKey(project: Project, ports: Ports): string | undefined {
  return readIdentity(join(project.storePath, STORE_IDENTITY_FILE), ports)?.key;
}

function trustIn(
  { key, host, root, inode }: IdentityFile,
  path: string,
  project: Project,
  records: TargetRecords,
  ports: Ports,
): 'proven' | 'plausible' | 'none' {
  const { files } = ports;
  const owner = records.ownerOf(key);
  if (owner === 'this-store' || files.lstatSync(path).ino === inode) return 'proven';
  const isAtRecordedPath = host === systemOf(ports).hostname() && root === files.realpathSync(project.root);
  return owner === 'unknown' && isAtRecordedPath ? 'plausible' : 'none';
}

function writeIdentity(path: string, project: Project, ports: Ports): IdentityFile {
  const { files } = ports;
  const system = systemOf(ports);
  const existing = files.lstatSync(path, { throwIfNoEntry: false });
  if (existing !== undefined && !existing.isFile()) throw notAFile(path);
  const temporary = temporaryPath(join(project.storePath, REPLICATION_FOLDER), uniqueToken(system));
  const descriptor = files.openSync(temporary, 'wx', PRIVATE_MODE);
  try {
    const identity: IdentityFile = {
      key: newProjectKey(project.root, ports),
      host: system.hostname(),
      root: files.realpathSync(project.root),
      inode: files.fstatSync(descriptor).ino,
    };
    writeAll(descriptor, Buffer.from(`${JSON.stringify({ format: 1, ...identity }, null, 2)}\n`), files);
    files.fsyncSync(descriptor);
    if (existing === undefined) publishFile(temporary, path, files);
    else files.renameSync(temporary, path);
    return identity;
  } catch (error) {
    removeQuietly(temporary, files);
    throw error;
  } finally {
    files.closeSync(descriptor);
  }
}

function readIdentity(path: string, { files }: Ports): IdentityFile | undefined {
  const value = parseJson(readSmallFile(path, MAX_IDENTITY_BYTES, files)?.toString('utf8'));
  const { key, host, root, inode } = asRecord(value);
  // If the file is invalid, the store gets a new key, and its old copies remain.
  if (typeof host !== 'string' || typeof root !== 'string' || typeof inode !== 'number') return undefined;
  return isProjectKey(key) ? { key, host, root, inode } : undefined;
}

const MAX_IDENTITY_BYTES = 64 * 1024;

function notAFile(path: string): BackupError {
  return new BackupError(`${path} is not a regular file`, {
    code: 'unsafe-store',
    operation: 'identify the store',
    path,
    hint: 'Nothing was copied. Move it out of the store, then try again.',
  });
}
