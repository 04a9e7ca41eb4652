import { isAbsolute, join } from 'node:path';
import { hashOfPath } from '../project/index.js';
import {
  asBackupError,
  asRecord,
  isNotFound,
  parseJson,
  readFolder,
  readSmallFile,
  replacePrivate,
  stringsIn,
  systemErrorCode,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { isProjectKey, portableName } from './projectKey.js';
import type { ProjectIdentity } from './projectIdentity.js';

/** The record of a project in the user's state folder, which survives the deletion of the project. */
export interface ProjectRecord extends ProjectIdentity {
  /** Real paths of the project folder: the current one first, then earlier ones. */
  readonly roots: readonly [string, ...string[]];
  readonly lastBackup: RecordedBackup;
  /** Commits of git without parents; empty until they are known. */
  readonly firstCommits: readonly string[];
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

export function recordsFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'projects');
}

export function recordPath(root: string, ports: Ports): string {
  return join(recordsFolder(ports), `${portableName(root)}-${hashOfPath(root)}.json`);
}

const RECORD_NAME = /^[A-Za-z0-9_-]{1,60}-[0-9a-f]{16}\.json$/;
/** Limits the work if another program has filled the folder. */
const MAX_RECORDS = 10_000;

export function recordPaths(ports: Ports): readonly string[] {
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

/** Checked because it becomes part of a path. */
const BACKUP_ID = /^[\w-]{1,250}$/;
const MAX_RECORD_BYTES = 64 * 1024;

/** Undefined if the file is missing or not a valid record. Throws if it cannot be read. */
export function readRecord(path: string, { files }: Ports): ProjectRecord | undefined {
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
  const [key = `${portableName(root)}-${hashOfPath(root).slice(0, 8)}`, ...earlierKeys] = stringsIn(value.vault).filter(
    isProjectKey,
  );
  return {
    roots: [root, ...earlier],
    databasePath: database,
    storePath: store,
    lastBackup: { id, createdAt, features: countOf(features), passing: countOf(passing) },
    fileIds: stringsIn(fileIds),
    remotes: stringsIn(value.remotes),
    firstCommits: stringsIn(value.first_commits),
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

/** Includes a state folder that is not a folder: nothing was ever recorded in it. */
export function isAbsent(error: unknown): boolean {
  return isNotFound(error) || systemErrorCode(error) === 'ENOTDIR';
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}

export function writeRecord(path: string, record: ProjectRecord, ports: Ports): void {
  const { roots, databasePath, storePath, fileIds, remotes, firstCommits, vaultKeys, lastBackup } = record;
  const document = {
    format: 1,
    roots,
    database: databasePath,
    store: storePath,
    file_ids: fileIds,
    remotes,
    first_commits: firstCommits,
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
