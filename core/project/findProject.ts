import { basename, dirname, join, resolve } from 'node:path';
import { BackupError, kindAt, type Ports } from '../system/index.js';
import { readConfiguration } from './configuration.js';
import { locateMissingDatabase } from './locateMissingDatabase.js';
import { withSafeDatabase } from './liveDatabase.js';
import { databaseInside, isLink, storeOf } from './safePaths.js';
import type { Configuration, ConfigurationLayer, Project } from './project.js';

/** The paths of AutoForge's database, in its own search order (`autoforge_paths.py`). */
export const AUTOFORGE_DATABASE_PATHS = ['.autoforge/features.db', '.autocoder/features.db', 'features.db'] as const;

export interface ProjectSearch {
  /** A project's folder or its database file, as the user entered it. */
  readonly argument?: string | undefined;
  /** The base of relative paths, and the start of the upward search. */
  readonly cwd: string;
  /** Flags, which override every file and the environment. */
  readonly overrides?: ConfigurationLayer | undefined;
}

/**
 * Finds the project: the argument, else PROJECT_DIR, else the nearest folder at or above `cwd` with a feature
 * database or with backups of one. Throws `project-not-found`, or `database-not-found` with the searched folders.
 */
export async function locateProject(search: ProjectSearch, ports: Ports): Promise<Project> {
  const { cwd, overrides } = search;
  const named = namedPath(search, ports);
  if (named !== undefined) return await findProject(named, ports, overrides);
  const folders = folderAndAncestors(resolve(cwd));
  for (const folder of folders) {
    const project = await projectAt(folder, ports, overrides);
    if (project !== undefined) return project;
  }
  throw databaseNotFound(folders, 'Specify the project folder, set PROJECT_DIR, or run this inside a project.');
}

/** The candidate root folders, in search order. */
export function possibleRoots(search: ProjectSearch, ports: Ports): readonly string[] {
  const named = namedPath(search, ports);
  if (named === undefined) return folderAndAncestors(resolve(search.cwd)).map(rootOfFolder);
  const kind = kindAt(named, ports);
  if (kind === 'folder') return [rootOfFolder(named)];
  // A missing path may have been a folder or a file.
  return [...(kind === 'nothing' ? [rootOfFolder(named)] : []), rootOfFolder(dirname(named))];
}

function namedPath({ argument, cwd }: ProjectSearch, { environment }: Ports): string | undefined {
  const named = [argument, environment.PROJECT_DIR].find((path) => path !== undefined && path !== '');
  return named === undefined ? undefined : resolve(cwd, named);
}

/** The project at exactly this path: its folder, or its database file. */
export async function findProject(start: string, ports: Ports, overrides?: ConfigurationLayer): Promise<Project> {
  if (start.includes('\0')) {
    throw new BackupError('A path cannot contain a null character', { code: 'usage', operation: 'find the project' });
  }
  const path = resolve(start);
  const kind = kindAt(path, ports);
  const project =
    kind === 'folder' ? await projectAt(path, ports, overrides) : await projectOfFile(path, ports, overrides);
  if (project !== undefined) return project;
  if (kind === 'folder') throw databaseNotFound([path], await hintAbove(path, ports, overrides));
  throw new BackupError(`No project at ${path}`, {
    code: 'project-not-found',
    operation: 'find the project',
    path,
    hint: 'Specify the folder that contains the feature database, or the database file itself.',
  });
}

async function projectAt(
  folder: string,
  ports: Ports,
  overrides: ConfigurationLayer | undefined,
): Promise<Project | undefined> {
  const root = rootOfFolder(folder);
  if (root !== folder) return await projectAt(root, ports, overrides);
  const { configuration, storeOrigin } = await readConfiguration(folder, ports, overrides);
  const database = existingDatabase(folder, configuration, ports);
  const storePath = storeOf(folder, configuration.store, storeOrigin, ports);
  const databasePaths = configuration.database === undefined ? AUTOFORGE_DATABASE_PATHS : [configuration.database];
  const databasePath = database ?? locateMissingDatabase(folder, storePath, databasePaths, ports);
  if (databasePath === undefined) return undefined;
  return withSafeDatabase({ root: folder, databasePath, storePath, configuration }, ports);
}

/** A dangling link counts if no other path exists: it is where the missing database belongs. */
function existingDatabase(folder: string, configuration: Configuration, ports: Ports): string | undefined {
  const paths =
    configuration.database === undefined
      ? AUTOFORGE_DATABASE_PATHS.map((place) => join(folder, place))
      : [databaseInside(folder, configuration.database)];
  return paths.find((path) => kindAt(path, ports) !== 'nothing') ?? paths.find((path) => isLink(path, ports));
}

/** A database named by its path. The file may be missing if backups of it exist. */
async function projectOfFile(
  path: string,
  ports: Ports,
  overrides: ConfigurationLayer | undefined,
): Promise<Project | undefined> {
  const root = rootOfFolder(dirname(path));
  if (kindAt(root, ports) !== 'folder') return undefined;
  const around = await projectAt(root, ports, overrides);
  if (kindAt(path, ports) === 'nothing') return around?.databasePath === path ? around : undefined;
  if (around === undefined) {
    const { configuration, storeOrigin } = await readConfiguration(root, ports, overrides);
    const storePath = storeOf(root, configuration.store, storeOrigin, ports);
    return withSafeDatabase({ root, databasePath: path, storePath, configuration }, ports);
  }
  if (isSameFile(around.databasePath, path, ports) || isDatabaseMissing(around, ports)) {
    return withSafeDatabase({ ...around, databasePath: path }, ports);
  }
  throw new BackupError(`The database of ${root} is ${around.databasePath}, not ${path}`, {
    code: 'configuration',
    operation: 'find the project',
    path,
    hint: 'A store contains the backups of one database. To back up this one instead, set "database" in .feature-backups.json.',
  });
}

function isDatabaseMissing(project: Project, ports: Ports): boolean {
  return kindAt(project.databasePath, ports) === 'nothing';
}

function isSameFile(one: string, other: string, ports: Ports): boolean {
  if (one === other) return true;
  if (kindAt(one, ports) === 'nothing' || kindAt(other, ports) === 'nothing') return false;
  return ports.files.realpathSync(one) === ports.files.realpathSync(other);
}

/** `.autoforge` contains a features.db too, but the project is its parent folder. */
function rootOfFolder(folder: string): string {
  const isInside = AUTOFORGE_DATABASE_PATHS.some(
    (place) => dirname(place) !== '.' && dirname(place) === basename(folder),
  );
  return isInside ? dirname(folder) : folder;
}

function folderAndAncestors(folder: string): readonly string[] {
  const parent = dirname(folder);
  return parent === folder ? [folder] : [folder, ...folderAndAncestors(parent)];
}

async function hintAbove(folder: string, ports: Ports, overrides: ConfigurationLayer | undefined): Promise<string> {
  for (const above of folderAndAncestors(folder).slice(1)) {
    const project = await projectAt(above, ports, overrides).catch(() => undefined);
    if (project !== undefined)
      return `Did you mean ${project.root}? It is above that folder and has a feature database.`;
  }
  return 'Specify the folder of a project with a feature database, or the database file itself.';
}

function databaseNotFound(folders: readonly string[], hint: string): BackupError {
  const databasePaths = AUTOFORGE_DATABASE_PATHS.join(', ');
  const searched = folders.map((folder) => `  ${folder}`).join('\n');
  return new BackupError(
    `No feature database found. Searched for ${databasePaths} and for backups of them in\n${searched}`,
    {
      code: 'database-not-found',
      operation: 'find the project',
      path: folders[0],
      hint,
    },
  );
}
