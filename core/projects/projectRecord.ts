import { makeStateFolder, realPath, storeStateFolder, type Project } from '../project/index.js';
import {
  asBackupError,
  BackupError,
  isNotFound,
  kindAt,
  removeQuietly,
  syncFolderAndParents,
  withStoreLock,
  type Ports,
} from '../system/index.js';
import { newProjectKey } from './projectKey.js';
import { readFirstCommits } from './firstCommits.js';
import {
  hasSameFiles,
  isExpired,
  isProbablySame,
  isSameProject,
  identifyProject,
  type HasBackup,
  type ProjectIdentity,
} from './projectIdentity.js';
import {
  readRecord,
  recordPath,
  recordPaths,
  recordsFolder,
  writeRecord,
  type ProjectRecord,
  type RecordedBackup,
} from './recordFile.js';

/** Newer records are not rewritten, which saves an fsync on most backups. */
const REFRESH_AFTER_MS = 10 * 60_000;
/** Short, because an agent or a commit waits for it. */
const LOCK_TIMEOUT_MS = 1000;
/** The name of the lock, for messages. */
const RECORDS = 'the records of the projects';

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
    const found = { ...identifyProject(project, ports), lastBackup };
    const known = readRecord(path, ports);
    if (known !== undefined && isCurrent(known, root, found)) return known;
    const folder = recordsFolder(ports);
    makeStateFolder(folder, ports);
    return await withStoreLock(
      folder,
      ports,
      (lock) => {
        const earlier = readRecord(path, ports) ?? adoptMoved(path, found, hasBackup, ports);
        const isSame = earlier !== undefined && isProbablySame(earlier, root, found, hasBackup, ports);
        const record = {
          ...found,
          roots: rootsOf(root, earlier),
          firstCommits: isSame ? earlier.firstCommits : [],
          vaultKeys: isSame ? earlier.vaultKeys : newVaultKeys(root, earlier, ports),
        };
        lock.assertHeld();
        writeRecord(path, record, ports);
        if (earlier !== undefined) moveStoreState(earlier, record, ports);
        // With a vault, its follow-up removes expired records together with their copies.
        else if (!project.configuration.vault) removeExpiredRecords(ports);
        return record;
      },
      { timeoutMs: LOCK_TIMEOUT_MS, name: RECORDS },
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

/** Like `readProjectRecord`, but an unreadable record is only a warning, which ends with `consequence`. */
export function readProjectRecordOrWarn(root: string, consequence: string, ports: Ports): ProjectRecord | undefined {
  try {
    return readProjectRecord(realPath(root, ports), ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`${error.message}. ${consequence}`);
    return undefined;
  }
}

/**
 * The record of this project. If it was moved and not backed up since, the record is still that of the earlier folder and
 * is recognised by the project's files or by the recorded backup.
 */
export function findProjectRecord(project: Project, hasBackup: HasBackup, ports: Ports): ProjectRecord | undefined {
  const root = recordedRoot(realPath(project.root, ports), ports);
  const known = readRecord(recordPath(root, ports), ports);
  if (known !== undefined) return known;
  const place = identifyProject(project, ports);
  return recordPaths(ports)
    .map((path) => readIfMoved(path, place, hasBackup, ports))
    .find((record) => record !== undefined);
}

/** The recorded path of a folder that has several, such as in other letter case or mounted twice. */
function recordedRoot(root: string, ports: Ports): string {
  if (kindAt(recordPath(root, ports), ports) !== 'nothing') return root;
  const identity = folderIdentity(root, ports);
  if (identity === undefined) return root;
  for (const path of recordPaths(ports)) {
    const known = ignoreUnreadable(() => readRecord(path, ports))?.roots[0];
    if (known === undefined || folderIdentity(known, ports) !== identity) continue;
    // A moved project may have left a link at its former path.
    if (realPath(known, ports) === known) return known;
  }
  return root;
}

/** Undefined if the folder is missing or unreadable, or if it has no inode number. */
function folderIdentity(path: string, { files }: Ports): string | undefined {
  const stats = ignoreUnreadable(() => files.statSync(path, { bigint: true, throwIfNoEntry: false }));
  return stats === undefined || stats.ino === 0n ? undefined : `${String(stats.dev)}:${String(stats.ino)}`;
}

/** Every recorded project. Reports unreadable records to `onUnreadable`: each may be a project. */
export function readProjectRecords(ports: Ports, onUnreadable: (warning: string) => void): readonly ProjectRecord[] {
  return recordPaths(ports).flatMap((path) => {
    try {
      const record = readRecord(path, ports);
      if (record === undefined) onUnreadable(`${path} is not a valid project record`);
      return record ?? [];
    } catch (error) {
      onUnreadable(asBackupError(error, 'read the record of a project', path).message);
      return [];
    }
  });
}

/** Syncs the records to disk: without its record, a project's copies in the vault cannot be found. */
export function syncRecords(ports: Ports): void {
  syncFolderAndParents(recordsFolder(ports), ports.files);
}

/** Completes a record that has none. Starts git, so it is called in the background. */
export async function recordFirstCommits({ roots: [root], firstCommits }: ProjectRecord, ports: Ports): Promise<void> {
  const commits = firstCommits.length > 0 ? [] : readFirstCommits(root, ports);
  if (commits.length === 0) return;
  const path = recordPath(root, ports);
  try {
    await withStoreLock(recordsFolder(ports), ports, (lock) => {
      const record = readRecord(path, ports);
      if (record === undefined || record.firstCommits.length > 0) return;
      lock.assertHeld();
      writeRecord(path, { ...record, firstCommits: commits }, ports);
    });
  } catch (error) {
    // The next sync tries again.
    ports.onWarning?.(asBackupError(error, 'record the first commit of the project', path).message);
  }
}

/** Deletes the record of the project that was in this folder, and returns it. Undefined if there is none. */
export async function forgetProject(root: string, ports: Ports): Promise<ProjectRecord | undefined> {
  const path = recordPath(realPath(root, ports), ports);
  if (kindAt(path, ports) === 'nothing') return undefined;
  return await withStoreLock(
    recordsFolder(ports),
    ports,
    (lock) => {
      const record = readRecord(path, ports);
      lock.assertHeld();
      try {
        ports.files.unlinkSync(path);
        return record;
      } catch (error) {
        if (isNotFound(error)) return undefined;
        throw asBackupError(error, 'forget the project', path);
      }
    },
    { name: RECORDS },
  );
}

type FoundProject = Omit<ProjectRecord, 'roots' | 'firstCommits' | 'vaultKeys'>;

function isCurrent(known: ProjectRecord, root: string, found: FoundProject): boolean {
  const identityOf = ({ databasePath, storePath, fileIds, remotes }: FoundProject) =>
    JSON.stringify([databasePath, storePath, fileIds, remotes]);
  const ageMs = Date.parse(found.lastBackup.createdAt) - Date.parse(known.lastBackup.createdAt);
  // Without file ids, only the last backup proves that this is still the same project, so it is always rewritten.
  if (found.fileIds.length === 0) return false;
  return known.roots[0] === root && identityOf(known) === identityOf(found) && Math.abs(ageMs) < REFRESH_AFTER_MS;
}

/**
 * The record of the same project in a folder that no longer exists. Renames its file, so a crash cannot leave two records
 * of one project.
 */
function adoptMoved(path: string, found: FoundProject, hasBackup: HasBackup, ports: Ports): ProjectRecord | undefined {
  for (const oldPath of recordPaths(ports)) {
    const record = readIfMoved(oldPath, found, hasBackup, ports);
    if (record === undefined) continue;
    ports.files.renameSync(oldPath, path);
    return record;
  }
  return undefined;
}

/** Called only when a new project is recorded: enough to limit the number of records. */
function removeExpiredRecords(ports: Ports): void {
  for (const path of recordPaths(ports)) {
    ignoreUnreadable(() => {
      const record = readRecord(path, ports);
      if (record === undefined || !isExpired(record.roots[0], new Date(record.lastBackup.createdAt), ports)) return;
      removeQuietly(path, ports.files);
    });
  }
}

/**
 * For a project that may differ from the recorded one: the copies in the earlier folder stay readable, and new copies
 * never cause them to be pruned.
 */
function newVaultKeys(root: string, earlier: ProjectRecord | undefined, ports: Ports): ProjectRecord['vaultKeys'] {
  return [newProjectKey(root, ports), ...(earlier?.vaultKeys ?? []).slice(0, MAX_ROOTS - 1)];
}

/** Moves the records of connections, targets and jobs along with a moved store. */
function moveStoreState(earlier: ProjectRecord, { roots, storePath }: ProjectRecord, ports: Ports): void {
  if (earlier.storePath === storePath || kindAt(earlier.storePath, ports) !== 'nothing') return;
  const folderOf = (root: string, store: string) => storeStateFolder({ root, storePath: store }, ports);
  const to = folderOf(roots[0], storePath);
  if (kindAt(to, ports) !== 'nothing') return;
  try {
    ports.files.renameSync(folderOf(earlier.roots[0], earlier.storePath), to);
  } catch (error) {
    // Most stores have no such records.
    if (!isNotFound(error)) throw error;
  }
}

/**
 * The record, if its project was moved here: its former folder is missing, or contains another project while the files
 * are here. While the former folder exists, backups prove nothing, because a copy has them, too.
 */
function readIfMoved(
  path: string,
  place: ProjectIdentity,
  hasBackup: HasBackup,
  ports: Ports,
): ProjectRecord | undefined {
  return ignoreUnreadable(() => {
    const record = readRecord(path, ports);
    if (record === undefined) return undefined;
    const [root] = record.roots;
    // A link at the former path of a project can point to its current one.
    const isMissing = kindAt(root, ports) === 'nothing' || realPath(root, ports) !== root;
    if (isMissing) return isSameProject(record, place, hasBackup) ? record : undefined;
    return hasSameFiles(record, place) && !hasSameFiles(record, identifyProject({ ...record, root }, ports))
      ? record
      : undefined;
  });
}

/** For the records and folders of other projects. */
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
