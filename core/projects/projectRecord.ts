import { basename, isAbsolute, join } from 'node:path';
import { hashOfPath, makeStateFolder, realPath, storeStateFolder, type Project } from '../project/index.js';
import {
  asBackupError,
  BackupError,
  isNotFound,
  kindAt,
  parseJson,
  randomHex,
  readFolder,
  readSmallFile,
  asRecord,
  replacePrivate,
  syncFolderAndParents,
  systemErrorCode,
  systemOf,
  stringsIn,
  userStateFolder,
  withStoreLock,
  type Ports,
} from '../system/index.js';
import { isProbablySame, isSameProject, placeOf, type HasBackup, type Place } from './projectPlace.js';

/** The record of a project in the user's state folder. It survives the deletion of the project. */
export interface ProjectRecord extends Place {
  /** Real paths of the project folder: the current one first, then earlier ones. */
  readonly roots: readonly [string, ...string[]];
  readonly lastBackup: RecordedBackup;
  /**
   * Names of folders in the vault: the one for new backups first. Earlier ones may contain the backups of another project
   * that was in this folder before.
   */
  readonly vaultKeys: readonly [string, ...string[]];
}

/** The last backup, or one made up to ten minutes before it. */
export interface RecordedBackup {
  readonly id: string;
  /** ISO 8601, in the time zone of the computer that made it. */
  readonly createdAt: string;
  /** Undefined if the counts are unknown. */
  readonly features: number | undefined;
  readonly passing: number | undefined;
}

/** Only older records are rewritten, which saves an fsync on most backups. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Short, because an agent or a commit waits for it. */
const LOCK_TIMEOUT_MS = 1000;

/**
 * Records that this project has backups. A project whose folder was moved keeps its record: it has the same store or
 * database file, or `hasBackup` finds the recorded backup in its store. Undefined if it cannot be recorded, which is only
 * a warning.
 */
export async function recordProject(
  project: Project,
  lastBackup: RecordedBackup,
  hasBackup: HasBackup,
  ports: Ports,
): Promise<ProjectRecord | undefined> {
  try {
    const root = recordedRoot(realPath(project.root, ports), ports);
    const path = recordPath(root, ports);
    const found = { ...placeOf(project, ports), lastBackup };
    const known = readRecord(path, ports);
    if (known !== undefined && isCurrent(known, root, found)) return known;
    const folder = recordsFolder(ports);
    makeStateFolder(folder, ports);
    return await withStoreLock(
      folder,
      ports,
      (lock) => {
        const earlier = readRecord(path, ports) ?? adoptMoved(path, found, hasBackup, ports);
        const record = {
          ...found,
          roots: rootsOf(root, earlier),
          vaultKeys: vaultKeysOf(root, found, earlier, hasBackup, ports),
        };
        lock.assertHeld();
        writeRecord(path, record, ports);
        if (earlier !== undefined) keepStoreState(earlier, record, ports);
        return record;
      },
      { timeoutMs: LOCK_TIMEOUT_MS },
    );
  } catch (error) {
    const { message } = asBackupError(error, 'record the project', project.root);
    ports.onWarning?.(`${message}. The backup itself is complete`);
    return undefined;
  }
}

/** The record of the project in this folder, by its real path. Undefined if there is none. */
export function readProjectRecord(root: string, ports: Ports): ProjectRecord | undefined {
  return readRecord(recordPath(root, ports), ports);
}

/** The same for work that an unreadable record must not stop: a warning that ends with this sentence, and undefined. */
export function readProjectRecordOrWarn(root: string, sentence: string, ports: Ports): ProjectRecord | undefined {
  try {
    return readProjectRecord(realPath(root, ports), ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`${error.message}. ${sentence}`);
    return undefined;
  }
}

/**
 * The record of this project. If it was moved and not backed up since, that of its earlier folder, recognised by its
 * files or by the recorded backup.
 */
export function findProjectRecord(project: Project, hasBackup: HasBackup, ports: Ports): ProjectRecord | undefined {
  const root = recordedRoot(realPath(project.root, ports), ports);
  const known = readRecord(recordPath(root, ports), ports);
  if (known !== undefined) return known;
  const place = placeOf(project, ports);
  return recordPaths(ports)
    .map((path) => readIfMissing(path, ports))
    .find((record) => record !== undefined && isSameProject(record, place, hasBackup));
}

/** The same folder can have several paths: in other letter case, or mounted twice. The recorded one counts. */
function recordedRoot(root: string, ports: Ports): string {
  if (kindAt(recordPath(root, ports), ports) !== 'nothing') return root;
  const identity = folderIdentity(root, ports);
  const same = recordPaths(ports)
    .map((path) => ignoreUnreadable(() => readRecord(path, ports))?.roots[0])
    .filter((known) => known !== undefined && identity !== undefined)
    // A link at the former place of a moved project is not its place.
    .find((known = '') => folderIdentity(known, ports) === identity && realPath(known, ports) === known);
  return same ?? root;
}

/** Undefined if the folder is missing or unreadable, or if it has no inode number. */
function folderIdentity(path: string, { files }: Ports): string | undefined {
  const stats = ignoreUnreadable(() => files.statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats === undefined || stats.ino === 0n ? undefined : `${String(stats.dev)}:${String(stats.ino)}`;
}

/** Every recorded project. Reports unreadable records to `onUnread`: each may be a project. */
export function readProjectRecords(ports: Ports, onUnread: (warning: string) => void): readonly ProjectRecord[] {
  return recordPaths(ports).flatMap((path) => {
    try {
      const record = readRecord(path, ports);
      if (record === undefined) onUnread(`${path} is not a valid project record`);
      return record ?? [];
    } catch (error) {
      onUnread(asBackupError(error, 'read the record of a project', path).message);
      return [];
    }
  });
}

/** Makes the records durable: without its record, the copies of a project in the vault are not found. */
export function syncRecords(ports: Ports): void {
  syncFolderAndParents(recordsFolder(ports), ports.files);
}

/** Deletes the record of the project that was in this folder, and returns it. Undefined if there is none. */
export async function forgetProject(root: string, ports: Ports): Promise<ProjectRecord | undefined> {
  const path = recordPath(realPath(root, ports), ports);
  if (kindAt(path, ports) === 'nothing') return undefined;
  return await withStoreLock(recordsFolder(ports), ports, (lock) => {
    const record = readRecord(path, ports);
    lock.assertHeld();
    try {
      ports.files.unlinkSync(path);
      return record;
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw asBackupError(error, 'forget the project', path);
    }
  });
}

type Found = Omit<ProjectRecord, 'roots' | 'vaultKeys'>;

function isCurrent(known: ProjectRecord, root: string, found: Found): boolean {
  const placeIn = ({ databasePath, storePath, fileIds, remotes }: Found) =>
    JSON.stringify([databasePath, storePath, fileIds, remotes]);
  const ageMs = Date.parse(found.lastBackup.createdAt) - Date.parse(known.lastBackup.createdAt);
  // Without file ids, only the last backup shows that this is not another project in the same folder.
  if (found.fileIds.length === 0) return false;
  return known.roots[0] === root && placeIn(known) === placeIn(found) && Math.abs(ageMs) < REFRESH_AFTER_MS;
}

/**
 * The record of the same project in a folder that no longer exists. Renamed here, so a crash cannot leave two records for
 * one project.
 */
function adoptMoved(path: string, found: Found, hasBackup: HasBackup, ports: Ports): ProjectRecord | undefined {
  for (const oldPath of recordPaths(ports)) {
    const record = readIfMissing(oldPath, ports);
    if (record === undefined) continue;
    if (!isSameProject(record, found, hasBackup)) continue;
    ports.files.renameSync(oldPath, path);
    return record;
  }
  return undefined;
}

/**
 * A new folder in the vault unless this is certainly the same project: the copies in the earlier folder stay readable, and
 * none of them is pruned because of new ones.
 */
function vaultKeysOf(
  root: string,
  found: Found,
  earlier: ProjectRecord | undefined,
  hasBackup: HasBackup,
  ports: Ports,
): ProjectRecord['vaultKeys'] {
  if (earlier === undefined) return [newVaultKey(root, ports)];
  if (isProbablySame(earlier, found, hasBackup)) return earlier.vaultKeys;
  return [newVaultKey(root, ports), ...earlier.vaultKeys.slice(0, MAX_ROOTS - 1)];
}

function newVaultKey(root: string, ports: Ports): string {
  return `${nameOf(root)}-${randomHex(8, systemOf(ports))}`;
}

/** What is recorded of connections, targets and jobs of a moved store moves with it. */
function keepStoreState(earlier: ProjectRecord, { roots, storePath }: ProjectRecord, ports: Ports): void {
  if (earlier.storePath === storePath || kindAt(earlier.storePath, ports) !== 'nothing') return;
  const folderOf = (root: string, store: string) => storeStateFolder({ root, storePath: store }, ports);
  const to = folderOf(roots[0], storePath);
  if (kindAt(to, ports) !== 'nothing') return;
  try {
    ports.files.renameSync(folderOf(earlier.roots[0], earlier.storePath), to);
  } catch (error) {
    // Usually nothing else is recorded of the store.
    if (!isNotFound(error)) throw error;
  }
}

/** The record, if its project's folder is not there any more. */
function readIfMissing(path: string, ports: Ports): ProjectRecord | undefined {
  return ignoreUnreadable(() => {
    const record = readRecord(path, ports);
    if (record === undefined) return undefined;
    const [root] = record.roots;
    // A link can lead from the former place of a project to its present one.
    return kindAt(root, ports) === 'nothing' || realPath(root, ports) !== root ? record : undefined;
  });
}

/** An unreadable record or folder of another project does not concern this one. */
function ignoreUnreadable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

const MAX_ROOTS = 20;

function rootsOf(root: string, earlier: ProjectRecord | undefined): ProjectRecord['roots'] {
  const others = (earlier?.roots ?? []).filter((path) => path !== root);
  return [root, ...others.slice(0, MAX_ROOTS - 1)];
}

function recordsFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'projects');
}

function recordPath(root: string, ports: Ports): string {
  return join(recordsFolder(ports), `${nameOf(root)}-${hashOfPath(root)}.json`);
}

/** The folder's name as part of a file name on every system. */
function nameOf(root: string): string {
  const name = basename(root)
    .replace(/[^A-Za-z0-9_-]+/g, '-')
    .replace(/^-+/, '')
    .slice(0, 60);
  return name === '' ? 'project' : name;
}

const RECORD_NAME = /^[A-Za-z0-9_-]{1,60}-[0-9a-f]{16}\.json$/;
/** A limit for a folder that something else has filled. */
const MAX_RECORDS = 10_000;

function recordPaths(ports: Ports): readonly string[] {
  const folder = recordsFolder(ports);
  try {
    return readFolder(folder, ports.files, ({ name }) => RECORD_NAME.test(name), MAX_RECORDS)
      .sort()
      .map((name) => join(folder, name));
  } catch (error) {
    if (isAbsent(error)) return [];
    throw asBackupError(error, 'read the records of the projects', folder);
  }
}

/** A plain file name: it is used in a path. */
const BACKUP_ID = /^[\w-]{1,250}$/;
const MAX_RECORD_BYTES = 64 * 1024;

/** Undefined if there is none, or if its content is something else. Throws if it cannot be read. */
function readRecord(path: string, { files }: Ports): ProjectRecord | undefined {
  const value = asRecord(parseJson(readText(path, files)));
  const { database, store, last_backup: backup, file_ids: fileIds } = value;
  const [root, ...earlier] = stringsIn(value.roots).filter(isAbsolute);
  const { id, created_at: createdAt, features, passing } = asRecord(backup);
  if (root === undefined || typeof database !== 'string' || typeof store !== 'string') return undefined;
  if (
    typeof id !== 'string' ||
    !BACKUP_ID.test(id) ||
    typeof createdAt !== 'string' ||
    Number.isNaN(Date.parse(createdAt))
  )
    return undefined;
  const [key = `${nameOf(root)}-${hashOfPath(root).slice(0, 8)}`, ...earlierKeys] = stringsIn(value.vault).filter(
    isVaultKey,
  );
  return {
    roots: [root, ...earlier],
    databasePath: database,
    storePath: store,
    lastBackup: { id, createdAt, features: countOf(features), passing: countOf(passing) },
    fileIds: stringsIn(fileIds),
    remotes: stringsIn(value.remotes),
    vaultKeys: [key, ...earlierKeys],
  };
}

function readText(path: string, files: Ports['files']): string | undefined {
  try {
    return readSmallFile(path, MAX_RECORD_BYTES, files)?.toString('utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw asBackupError(error, 'read the record of a project', path);
  }
}

/** Also if the state folder is not a folder: then nothing was ever recorded in it. */
function isAbsent(error: unknown): boolean {
  return isNotFound(error) || systemErrorCode(error) === 'ENOTDIR';
}

/** The name of a project's folder in the vault: `shop-front-1f2e3d4c`. */
export function isVaultKey(value: string): boolean {
  return /^[A-Za-z0-9_][A-Za-z0-9_-]{0,79}-[0-9a-f]{8}$/.test(value);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

function writeRecord(path: string, record: ProjectRecord, ports: Ports): void {
  const { roots, databasePath, storePath, fileIds, remotes, vaultKeys, lastBackup } = record;
  const document = {
    format: 1,
    roots,
    database: databasePath,
    store: storePath,
    file_ids: fileIds,
    remotes,
    vault: vaultKeys,
    last_backup: {
      id: lastBackup.id,
      created_at: lastBackup.createdAt,
      features: lastBackup.features,
      passing: lastBackup.passing,
    },
  };
  replacePrivate(path, Buffer.from(`${JSON.stringify(document, null, 2)}\n`), ports);
}
