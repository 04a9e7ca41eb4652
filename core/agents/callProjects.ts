import { dirname, join, relative } from 'node:path';
import { BackupError, kindAt, type Ports } from '../system/index.js';
import { findRepository, mainWorkTree } from '../git/index.js';
import { isStrictFolder, locateProject, realPath, type Project } from '../project/index.js';

/** A place that may belong to the project of a call. All paths are absolute. */
export type CallPlace =
  /** The nearest project at or above this folder. */
  | { readonly kind: 'around'; readonly path: string }
  /** The project at exactly this path, if there is one. */
  | { readonly kind: 'at'; readonly path: string }
  /** The same; it is an error if the path does not exist. */
  | { readonly kind: 'named'; readonly path: string };

/** A project that cannot be opened, or a named one that does not exist. */
export interface UnopenedProject {
  readonly path: string;
  readonly error: unknown;
  /** Also if another project of the call is strict. */
  readonly isStrict: boolean;
}

export interface CallProjects {
  readonly projects: readonly Project[];
  readonly unopened: readonly UnopenedProject[];
}

/**
 * The projects whose databases a call may write. They are several if the settings name another project than the one in
 * which the call happens, as after a copy, or if one project contains another.
 */
export async function findCallProjects(places: readonly CallPlace[], ports: Ports): Promise<CallProjects> {
  const projects = new Map<string, Project>();
  const unopened = new Map<string, UnopenedProject>();
  for (const place of places) {
    const found = await openPlace(place, ports);
    if (found === undefined) continue;
    if ('error' in found) unopened.set(String(found.error), found);
    else projects.set(found.key, found.project);
  }
  const isAnyStrict = [...projects.values()].some(({ configuration }) => configuration.strict);
  return {
    projects: [...projects.values()],
    unopened: [...unopened.values()].map((place) => ({ ...place, isStrict: place.isStrict || isAnyStrict })),
  };
}

interface OpenedProject {
  readonly project: Project;
  /** The same for every path to its database. */
  readonly key: string;
}

/** Undefined if no project is there. */
async function openPlace(place: CallPlace, ports: Ports): Promise<OpenedProject | UnopenedProject | undefined> {
  const { kind, path } = place;
  // The search must not end at the project of the whole environment.
  const own = { ...ports, environment: { ...ports.environment, PROJECT_DIR: undefined } };
  try {
    const project = await findAt(place, own);
    return project && { project, key: realPath(project.databasePath, ports) };
  } catch (error) {
    const isStrict = await isStrictFolder(kind === 'around' ? undefined : path, { ports: own, cwd: path });
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

/** git leaves the database out of a linked worktree, in which an agent still works on the same backlog. */
function sameFolderOfMainTree(folder: string, ports: Ports): string | undefined {
  const repository = findRepository(folder, ports);
  const main = repository && mainWorkTree(repository, ports);
  return main && join(main.workTree, relative(repository.workTree, folder));
}

/** Such a place may get its first database later. */
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
