import { join } from 'node:path';
import {
  findLock,
  ownIdentity,
  LOCK_NAME,
  breakLock,
  BackupError,
  type FoundLock,
  type Ports,
} from '../system/index.js';
import { checkStore, FOLLOW_UP_FOLDER, REPLICATION_FOLDER } from '../store/index.js';
import type { Project } from '../project/index.js';
import { openProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/** A lock of a project's store, or the obstacle in its place. */
export interface ProjectLock {
  /** Syncs and follow-ups have locks of their own. */
  readonly name: 'store' | 'replication' | 'follow-up';
  readonly path: string;
  /** `ended`: the next process takes it over at once. `unknown`: on another machine, in a container, or of another user. */
  readonly owner: 'running' | 'ended' | 'unknown' | 'not-a-lock';
  /** Undefined if the file is unreadable or not a lock. */
  readonly process: { readonly pid: number; readonly host: string; readonly since: string } | undefined;
  /** Anything but a lock in the lock's place, such as "a folder". */
  readonly obstacle: string | undefined;
  /** For an unknown owner: since when this user's processes have seen the lock unchanged. */
  readonly unchangedSince: Date | undefined;
  /** Identifies exactly this lock for `removeLock`. */
  readonly token: string;
}

/** The locks of a project, held or stale. */
export async function listLocks(
  project?: ProjectReference,
  options: EngineOptions = {},
): Promise<readonly ProjectLock[]> {
  const found = await openProject(project, options);
  const ports = portsOf(options);
  const folders = lockFolders(found, ports);
  return folders.flatMap(({ name, folder }) => {
    const path = join(folder, LOCK_NAME);
    const lock = findLock(path, ownIdentity(ports.files), ports.now().getTime(), ports);
    return lock === undefined ? [] : [projectLock(name, path, lock)];
  });
}

/**
 * Removes one lock of `listLocks`; an obstacle in its place is moved aside. False if another process is taking it over.
 * Throws `confirmation-needed` if the owner is running, unless forced: its work then fails.
 */
export async function removeLock(
  project: ProjectReference,
  { name, path, owner, process, token }: ProjectLock,
  options: EngineOptions & { readonly force?: boolean | undefined } = {},
): Promise<boolean> {
  const found = await openProject(project, options);
  if (owner === 'running' && options.force !== true) throw ownerRuns(process?.pid, path);
  const ports = portsOf(options);
  const place = lockFolders(found, ports).find((candidate) => candidate.name === name);
  if (place === undefined) return true;
  return breakLock(place.folder, token, ports);
}

interface LockFolder {
  readonly name: ProjectLock['name'];
  readonly folder: string;
}

/** Only real folders: a link would lead to another store's lock. */
function lockFolders(project: Project, ports: Ports): readonly LockFolder[] {
  if (checkStore(project, ports) === 'missing') return [];
  const below: readonly LockFolder[] = [
    { name: 'replication', folder: join(project.storePath, REPLICATION_FOLDER) },
    { name: 'follow-up', folder: join(project.storePath, FOLLOW_UP_FOLDER) },
  ];
  const isFolder = ({ folder }: LockFolder): boolean =>
    ports.files.lstatSync(folder, { throwIfNoEntry: false })?.isDirectory() === true;
  return [{ name: 'store', folder: project.storePath }, ...below.filter(isFolder)];
}

function projectLock(
  name: ProjectLock['name'],
  path: string,
  { record, token, liveness, obstacle, unchangedSince }: FoundLock,
): ProjectLock {
  const process = record === undefined ? undefined : { pid: record.pid, host: record.host, since: record.since };
  const owner = obstacle === undefined ? OWNER_OF[liveness ?? 'unknown'] : 'not-a-lock';
  return { name, path, owner, process, obstacle, unchangedSince, token };
}

const OWNER_OF = { alive: 'running', dead: 'ended', unknown: 'unknown' } as const;

function ownerRuns(pid: number | undefined, path: string): BackupError {
  return new BackupError(`Process ${String(pid)} is running and holds the lock`, {
    code: 'confirmation-needed',
    operation: 'remove the lock',
    path,
    hint: 'Wait until it finishes, or end it; the lock is then released. If you force the removal, its work fails.',
  });
}
