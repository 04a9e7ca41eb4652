import type { BigIntStats } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { realPath, type Project } from '../project/index.js';
import { readFirstCommits } from './firstCommits.js';
import { asBackupError, isWithin, kindAt, readSmallFile, type Ports } from '../system/index.js';

/** The paths of a project, and the evidence that identifies it after they have changed. */
export interface ProjectIdentity {
  readonly databasePath: string;
  readonly storePath: string;
  /**
   * `device:inode:birth` of the store's folder, the database, and git's folder or file: a rename keeps them, a new file
   * has another.
   */
  readonly fileIds: readonly string[];
  /** URLs of the git remotes, if the folder is the root of a work tree. */
  readonly remotes: readonly string[];
}

/** Two projects can have backups with the same name, but very rarely from the same millisecond. */
export interface BackupIdentity {
  readonly id: string;
  /** ISO 8601 with milliseconds. */
  readonly createdAt: string;
}

/** Whether a project's store or history contains a backup. */
export type HasBackup = (backup: BackupIdentity) => boolean;

interface RecordedIdentity extends ProjectIdentity {
  readonly lastBackup: BackupIdentity;
  /** Commits of git without parents; empty if they are unknown. */
  readonly firstCommits: readonly string[];
}

export function identifyProject(
  { root, databasePath, storePath }: Pick<Project, 'root' | 'databasePath' | 'storePath'>,
  ports: Ports,
): ProjectIdentity {
  const fileIds = [storePath, databasePath, join(root, '.git')].flatMap((path) => {
    const stats = statOf(path, ports);
    // Some file systems have no inode numbers. Others record no creation time, and reuse the numbers of deleted files.
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

/** Whether the project in this folder is the recorded one, not another that has replaced it. */
export function isRecordedProject(
  project: Project,
  record: RecordedIdentity,
  hasBackup: HasBackup,
  ports: Ports,
): boolean {
  return isProbablySame(record, project.root, identifyProject(project, ports), hasBackup, ports);
}

/**
 * For a record with the same path. If the files differ, only git can show that this is the same project: by its remotes
 * and its first commit, or by its remotes alone if the first commit is unknown. A clone made on this computer has
 * another remote.
 */
export function isProbablySame(
  record: RecordedIdentity,
  root: string,
  found: ProjectIdentity,
  hasBackup: HasBackup,
  ports: Ports,
): boolean {
  if (isSameProject(record, found, hasBackup)) return true;
  if (found.remotes.join('\n') !== record.remotes.join('\n')) return false;
  const commits = record.firstCommits.length === 0 ? [] : readFirstCommits(root, ports);
  if (commits.length === 0) return found.remotes.length > 0;
  return commits.some((commit) => record.firstCommits.includes(commit));
}

/** Ignores the path: the folder of a deleted project can contain another one. */
export function isSameProject(
  record: RecordedIdentity,
  found: Pick<ProjectIdentity, 'fileIds'>,
  hasBackup: HasBackup,
): boolean {
  return hasSameFiles(record, found) || hasBackup(record.lastBackup);
}

/** Compares only the files: unlike backups, they differ between a project and a copy of it. */
export function hasSameFiles(
  record: Pick<ProjectIdentity, 'fileIds'>,
  found: Pick<ProjectIdentity, 'fileIds'>,
): boolean {
  return record.fileIds.some((id) => found.fileIds.includes(id));
}

/** Whether the folder is in the system's temporary folder, where a loss is not a problem, because the system clears it. */
export function isTemporary(root: string, ports: Ports, platform: NodeJS.Platform = process.platform): boolean {
  const { TMPDIR, TEMP } = ports.environment;
  const folder = platform === 'win32' ? TEMP : (TMPDIR ?? '/tmp');
  return folder !== undefined && isAbsolute(folder) && isWithin(realPath(folder, ports), root);
}

const EXPIRED_AFTER_MS = 7 * 24 * 60 * 60 * 1000;

/** Whether a temporary project was deleted, and its last backup is more than a week old. */
export function isExpired(root: string, lastBackupAt: Date, ports: Ports): boolean {
  const isOld = ports.now().getTime() - lastBackupAt.getTime() > EXPIRED_AFTER_MS;
  return isOld && isTemporary(root, ports) && kindAt(root, ports) === 'nothing';
}
