import { dirname, join, relative } from 'node:path';
import { BackupError, kindAt, type Ports } from '../system/index.js';
import { findRepository, mainWorkTree } from '../git/index.js';
import { isStrictFolder, locateProject, realPath, type Project } from '../project/index.js';

/** A place that may lead to a project that a call writes. All paths are absolute. */
export type CallPlace =
  /** The nearest project at or above this folder. */
  | { readonly kind: 'around'; readonly path: string }
  /** The project at exactly this path, if there is one. */
  | { readonly kind: 'at'; readonly path: string }
  /** Like `at`, but it is an error if the path does not exist. */
  | { readonly kind: 'named'; readonly path: string };

/** A project that cannot be opened, or a named one that does not exist. */
export interface UnopenedProject {
  readonly path: string;
  readonly error: unknown;
  /** Whether this project, or another one of the same call, is strict. */
  readonly isStrict: boolean;
}

export interface CallProjects {
  readonly projects: readonly Project[];
  readonly unopened: readonly UnopenedProject[];
}

/**
 * The projects whose databases a call may write: several if the settings name a project other than the one in which the
 * call runs (after a copy, for example), or if one project contains another.
 */
export async function findCallProjects(places: readonly CallPlace[], ports: Ports): Promise<CallProjects> {
  const projects = new Map<string, Project>();
  const unopened = new Map<string, UnopenedProject>();
  for (const place of places) {
    const result = await openPlace(place, ports);
    if (result === undefined) continue;
    if ('error' in result) unopened.set(String(result.error), result);
    else projects.set(result.key, result.project);
  }
  const isAnyStrict = [...projects.values()].some(({ configuration }) => configuration.strict);
  return {
    projects: [...projects.values()],
    unopened: [...unopened.values()].map((place) => ({ ...place, isStrict: place.isStrict || isAnyStrict })),
  };
}

interface OpenedProject {
  readonly project: Project;
  /** The real path of its database, so a project that is found through a link counts once. */
  readonly key: string;
}

/** Undefined if no project is there. */
async function openPlace(place: CallPlace, ports: Ports): Promise<OpenedProject | UnopenedProject | undefined> {
  const { kind, path } = place;
  // PROJECT_DIR would override the search.
  const withoutDefault = { ...ports, environment: { ...ports.environment, PROJECT_DIR: undefined } };
  try {
    const project = await findAt(place, withoutDefault);
    return project && { project, key: realPath(project.databasePath, ports) };
  } catch (error) {
    const isStrict = await isStrictFolder(kind === 'around' ? undefined : path, { ports: withoutDefault, cwd: path });
    return { path, error, isStrict };
  }
}

async function findAt(place: CallPlace, ports: Ports): Promise<Project | undefined> {
  const { kind, path } = place;
  try {
    return await locateProject({ argument: kind === 'around' ? undefined : path, cwd: path }, ports);
  } catch (error) {
    if (!isAbsent(error)) throw error;
  }
  if (kind === 'named' && !isPossibleProject(path, ports)) throw missingProject(path);
  const mainFolder = kind === 'around' ? sameFolderOfMainTree(path, ports) : undefined;
  return mainFolder === undefined ? undefined : await findAt({ kind, path: mainFolder }, ports);
}

/** A linked worktree has no database, because git ignores it. Its agents work on the backlog of the main work tree. */
function sameFolderOfMainTree(folder: string, ports: Ports): string | undefined {
  const repository = findRepository(folder, ports);
  const main = repository && mainWorkTree(repository, ports);
  return main && join(main.workTree, relative(repository.workTree, folder));
}

/** Whether the path can be a project that has no database yet. */
function isPossibleProject(path: string, ports: Ports): boolean {
  return kindAt(path, ports) !== 'nothing' || (path.endsWith('.db') && kindAt(dirname(path), ports) === 'folder');
}

function isAbsent(error: unknown): boolean {
  return error instanceof BackupError && (error.code === 'database-not-found' || error.code === 'project-not-found');
}

function missingProject(path: string): BackupError {
  return new BackupError(`The settings name the project ${path}, which does not exist`, {
    code: 'project-not-found',
    operation: 'find the project',
    path,
    hint: 'If the project was moved or copied, connect the agent again.',
  });
}
