import { join } from 'node:path';
import { makeStateFolder, realPath, type Project } from '../project/index.js';
import {
  asRecord,
  BackupError,
  parseJson,
  readSmallFile,
  replacePrivate,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { isAbsent } from './recordFile.js';
import { isTemporary } from './projectIdentity.js';
import { readProjectRecords } from './projectRecord.js';

/** A database that was found before its first backup. If it disappears, only this record proves that it existed. */
export interface SeenDatabase {
  /** The real path of the project's folder. */
  readonly root: string;
  readonly databasePath: string;
  /** ISO 8601. */
  readonly seenAt: string;
  readonly features: number;
  readonly passing: number;
}

/** Records a database without a backup. Never throws: without the record, only its disappearance goes unnoticed. */
export function recordSeenDatabase(
  { root, databasePath }: Project,
  counts: { readonly total: number; readonly passing: number },
  ports: Ports,
): void {
  try {
    const realRoot = realPath(root, ports);
    if (isTemporary(realRoot, ports)) return;
    const before = readAll(ports);
    const known = before.find((seen) => seen.root === realRoot);
    if (known?.features === counts.total && known.passing === counts.passing) return;
    const seenAt = ports.now().toISOString();
    const seen: SeenDatabase = {
      root: realRoot,
      databasePath,
      seenAt,
      features: counts.total,
      passing: counts.passing,
    };
    write([...before.filter((other) => other.root !== realRoot), seen].slice(-MAX_DATABASES), ports);
  } catch {
    // The state folder is missing, unreadable or full.
  }
}

/** The record of the first of these folders that has one. For a caller that found no database in any of them. */
export function findSeenDatabase(folders: readonly string[], ports: Ports): SeenDatabase | undefined {
  const all = readSeenDatabases(ports);
  return folders.flatMap((folder) => all.find(({ root }) => root === realPath(folder, ports)) ?? []).at(0);
}

/**
 * The recorded databases of projects that have never been backed up. If the file is unreadable, warns and returns none.
 */
export function readSeenDatabases(ports: Ports): readonly SeenDatabase[] {
  try {
    const all = readAll(ports);
    if (all.length === 0) return [];
    // A backed-up project has a record of its own, which also names its former folders.
    const backedUp = new Set(readProjectRecords(ports, () => undefined).flatMap(({ roots }) => roots));
    return all.filter(({ root }) => !backedUp.has(root));
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    ports.onWarning?.(`Could not check whether a database without a backup has disappeared: ${reason}`);
    return [];
  }
}

/** False if it was not recorded. Throws if the file cannot be changed. */
export function forgetSeenDatabase(folder: string, ports: Ports): boolean {
  const root = realPath(folder, ports);
  const before = readAll(ports);
  const rest = before.filter((seen) => seen.root !== root);
  if (rest.length === before.length) return false;
  write(rest, ports);
  return true;
}

/** Replaces `cause`, an error that no project was found. */
export function seenDatabaseError(seen: SeenDatabase, cause: unknown): BackupError {
  const { message, hint } = describeSeen(seen);
  return new BackupError(message, {
    code: 'database-not-found',
    operation: 'find the project',
    path: seen.root,
    hint: `${hint}.`,
    cause,
  });
}

/** The error message and hint for a missing database. */
export function describeSeen({ root, databasePath, seenAt, features, passing }: SeenDatabase): {
  readonly message: string;
  readonly hint: string;
} {
  const at = seenAt.slice(0, 16).replace('T', ' ');
  return {
    message: `${databasePath} is missing and was never backed up; on ${at} UTC it had ${String(features)} features, ${String(passing)} passing`,
    hint: `Search the trash, a stash or another copy of the project for it. If it was deleted on purpose, run feature-backups forget ${root}`,
  };
}

const MAX_DATABASES = 1000;
const MAX_RECORDS_BYTES = 1024 * 1024;

function recordsPath({ environment }: Ports): string {
  return join(userStateFolder(environment), 'seen-databases.json');
}

function readText(ports: Ports): string | undefined {
  try {
    return readSmallFile(recordsPath(ports), MAX_RECORDS_BYTES, ports.files)?.toString('utf8');
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw error;
  }
}

function readAll(ports: Ports): readonly SeenDatabase[] {
  const text = readText(ports);
  const { databases } = asRecord(parseJson(text));
  return Array.isArray(databases) ? databases.flatMap(parse) : [];
}

function parse(value: unknown): readonly SeenDatabase[] {
  const { root, database: databasePath, seen_at: seenAt, features, passing } = asRecord(value);
  if (typeof root !== 'string' || typeof databasePath !== 'string' || typeof seenAt !== 'string') return [];
  if (typeof features !== 'number' || typeof passing !== 'number') return [];
  return [{ root, databasePath, seenAt, features, passing }];
}

function write(all: readonly SeenDatabase[], ports: Ports): void {
  makeStateFolder(userStateFolder(ports.environment), ports);
  const databases = all.map(({ root, databasePath, seenAt, features, passing }) => {
    return { root, database: databasePath, seen_at: seenAt, features, passing };
  });
  replacePrivate(recordsPath(ports), Buffer.from(`${JSON.stringify({ format: 1, databases }, null, 2)}\n`), ports);
}
