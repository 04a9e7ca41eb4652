import type { BigIntStats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { realPath, type Project } from '../project/index.js';
import { asBackupError, isWithin, kindAt, readSmallFile, type Ports } from '../system/index.js';

/** Where a project is, and what identifies it. */
export interface Place {
  readonly databasePath: string;
  readonly storePath: string;
  /** `device:inode:birth` of the store's folder and of the database: a rename keeps them, a new file has another. */
  readonly fileIds: readonly string[];
  /** URLs of the git remotes, if the folder is the root of a work tree. */
  readonly remotes: readonly string[];
}

/** A backup by its id and time: two projects can have backups of the same name, but not of the same millisecond. */
export interface BackupIdentity {
  readonly id: string;
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
}

/** Whether a project's store or history contains a backup. */
export type HasBackup = (backup: BackupIdentity) => boolean;

interface RecordedPlace extends Place {
  readonly lastBackup: BackupIdentity;
}

export function placeOf({ root, databasePath, storePath }: Project, ports: Ports): Place {
  const fileIds = [storePath, databasePath].flatMap((path) => {
    const stats = statOf(path, ports);
    // Some file systems have no inode numbers, and without a time of birth a new file can have the number of a deleted one.
    if (stats === undefined || stats.ino === 0n || stats.birthtimeNs === stats.ctimeNs) return [];
    return [[stats.dev, stats.ino, stats.birthtimeNs].map(String).join(':')];
  });
  return {
    databasePath: realPath(databasePath, ports),
    storePath: realPath(storePath, ports),
    fileIds,
    remotes: readRemotes(root, ports),
  };
}

function statOf(path: string, { files }: Ports): BigIntStats | undefined {
  try {
    return files.statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    throw asBackupError(error, 'identify the project', path);
  }
}

/** Reads git's own file, because starting git takes longer than a backup. */
function readRemotes(root: string, { files }: Ports): readonly string[] {
  try {
    const text =
      readSmallFile(join(root, '.git', 'config'), MAX_GIT_CONFIGURATION_BYTES, files)?.toString('utf8') ?? '';
    return [...text.matchAll(/^\s*url\s*=\s*(\S+)\s*$/gm)].flatMap(([, url]) => url ?? []).slice(0, MAX_REMOTES);
  } catch {
    return [];
  }
}

const MAX_GIT_CONFIGURATION_BYTES = 64 * 1024;
const MAX_REMOTES = 20;

/** Whether the project in this folder is the recorded one, and not another that took its place. */
export function isRecordedProject(
  project: Project,
  record: RecordedPlace,
  hasBackup: HasBackup,
  ports: Ports,
): boolean {
  return isProbablySame(record, placeOf(project, ports), hasBackup);
}

export function isProbablySame(record: RecordedPlace, found: Place, hasBackup: HasBackup): boolean {
  const hasSameRemotes = found.remotes.length > 0 && found.remotes.join('\n') === record.remotes.join('\n');
  return hasSameRemotes || isSameProject(record, found, hasBackup);
}

/** A path alone is no evidence: another project can be in the folder of a deleted one. */
export function isSameProject(record: RecordedPlace, found: Pick<Place, 'fileIds'>, hasBackup: HasBackup): boolean {
  return record.fileIds.some((id) => found.fileIds.includes(id)) || hasBackup(record.lastBackup);
}

/** Whether the folder is in the temporary folder. The system may clear that at any time, so a loss there is not a problem. */
export function isTemporary(root: string, ports: Ports): boolean {
  const { TMPDIR, TEMP } = ports.environment;
  const folder = process.platform === 'win32' ? TEMP : (TMPDIR ?? '/tmp');
  return folder !== undefined && isAbsolute(folder) && isWithin(realPath(folder, ports), root);
}

const EXPIRED_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Whether a temporary project was deleted, and its last backup is more than a week old. */
export function isExpired(root: string, lastBackupAt: Date, ports: Ports): boolean {
  const isOld = ports.now().getTime() - lastBackupAt.getTime() > EXPIRED_AFTER_MS;
  return isOld && isTemporary(root, ports) && kindAt(root, ports) === 'nothing';
}
