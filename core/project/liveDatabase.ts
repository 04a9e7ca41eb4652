import type { Stats } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { asBackupError, BackupError, kindOf, systemErrorCode, isWithin, type Ports } from '../system/index.js';
import { realPath } from './safePaths.js';
import type { Project } from './project.js';

export type DatabaseLocation = Pick<Project, 'root' | 'databasePath' | 'configuration'>;

/**
 * The real path of the live database, which may not exist. Everything that reads, copies or writes the database calls
 * this, because a link can come with the project or be added later. Throws `unsafe-path` if the database is outside the
 * project and not listed in the user's configuration, and if it or a side file is not a regular file.
 */
export function liveDatabasePath(place: DatabaseLocation, ports: Ports): string {
  const path = realPath(place.databasePath, ports);
  if (!isWithin(realPath(place.root, ports), path) && !isNamedByUser(place, path, ports))
    throw outsideProject(place, ports);
  for (const suffix of ['', '-wal', '-shm', '-journal']) refuseSpecialFile(path + suffix, ports);
  return path;
}

/**
 * Returns the project if its live database is safe to use now. Throws like `liveDatabasePath`. If root runs this in
 * another user's project, new entries of the store, and new folders above it or above the database, will belong to the
 * owner of the database.
 */
export function withSafeDatabase(project: Project, ports: Ports): Project {
  const path = liveDatabasePath(project, ports);
  if (ports.changeOwnerOfNewEntries !== undefined) {
    const { root, storePath } = project;
    const ancestorPaths = [[root, storePath] as const, [realPath(root, ports), dirname(path)] as const];
    ports.changeOwnerOfNewEntries({ path: storePath, ancestorPaths, owner: ownerOf(path, ports) });
  }
  return project;
}

/** Of a missing database: the owner of the nearest folder. */
function ownerOf(path: string, { files }: Pick<Ports, 'files'>): Stats {
  return files.statSync(path, { throwIfNoEntry: false }) ?? ownerOf(dirname(path), { files });
}

function isNamedByUser({ root, configuration }: DatabaseLocation, path: string, ports: Ports): boolean {
  return configuration.linkedDatabases.some(
    (linked) => realPath(linked.project, ports) === realPath(root, ports) && realPath(linked.database, ports) === path,
  );
}

function outsideProject(place: DatabaseLocation, ports: Ports): BackupError {
  const link = findOutsideLink(place, ports);
  return new BackupError(
    `${link} is a link that points outside the project ${place.root}, to ${realPath(link, ports)}`,
    {
      code: 'unsafe-path',
      operation: 'find the database',
      path: link,
      hint: 'Move the database into the project. If you keep it there on purpose, list it under "linkedDatabases" in your user configuration file.',
    },
  );
}

/** The link, which may be a folder above the database. */
function findOutsideLink({ root, databasePath }: DatabaseLocation, ports: Ports): string {
  const realRoot = realPath(root, ports);
  const names = relative(root, databasePath).split(sep);
  const paths = names.map((_, index) => join(root, ...names.slice(0, index + 1)));
  return paths.find((path) => !isWithin(realRoot, realPath(path, ports))) ?? databasePath;
}

function refuseSpecialFile(path: string, ports: Ports): void {
  const stats = inspect(path, ports);
  if (stats === undefined || stats.isFile()) return;
  throw new BackupError(`${path} is ${describe(path, stats, ports)}, not a regular file`, {
    code: 'unsafe-path',
    operation: 'find the database',
    path,
    hint: 'A SQLite database and its side files must be regular files. Find out where this one came from, and move it away.',
  });
}

function inspect(path: string, { files }: Ports): Stats | undefined {
  try {
    return files.lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if (systemErrorCode(error) === 'ENOTDIR') return undefined;
    throw asBackupError(error, 'find the database', path);
  }
}

function describe(path: string, stats: Stats, { files }: Ports): string {
  return stats.isSymbolicLink() ? `a link to ${files.readlinkSync(path)}` : `a ${kindOf(stats)}`;
}
