import { dirname, join, resolve } from 'node:path';
import { BackupError, listProjects, openProject } from '../../core/engine.js';
import type { Project } from '../../core/engine.js';
import { realPorts } from '../../core/system/index.js';
import { AUTOFORGE_DATABASE_PATHS, realPath } from '../../core/project/index.js';

/**
 * Opens the project that a tool call names. An agent chooses the path, so only the user's projects are allowed: the one
 * that this server was started for, those in AutoForge's registry or the user configuration file, and those open in an
 * editor.
 * Throws `project-not-found` for any other path, whether or not it exists.
 */
export async function openKnownProject(named: string | undefined, startedFor: string | undefined): Promise<Project> {
  if (named === undefined || named === '') return await openProject(startedFor);
  const requested = realPath(resolve(named), realPorts());
  const own = await openUnlessMissing(startedFor);
  if (own !== undefined && pathsOf(own.root, own.databasePath).has(requested)) return own;
  for (const { root } of await listProjects()) {
    if (pathsOf(root).has(requested)) return await openProject(root);
  }
  throw new BackupError(`This server may not use the project ${named}`, {
    code: 'project-not-found',
    operation: 'find the project',
    path: resolve(named),
    hint:
      'Ask the user to open it in VS Code, to add it to "projects" in the user configuration file, or to start ' +
      'a server for it.',
  });
}

/** Undefined if the server's own project has no database yet. */
async function openUnlessMissing(startedFor: string | undefined): Promise<Project | undefined> {
  try {
    return await openProject(startedFor);
  } catch (error) {
    if (error instanceof BackupError && MISSING.has(error.code)) return undefined;
    throw error;
  }
}

const MISSING: ReadonlySet<string> = new Set(['project-not-found', 'database-not-found']);

/** The paths by which a project may be named: its folder, its database, and the database's folder. */
function pathsOf(root: string, databasePath = root): ReadonlySet<string> {
  const databases = AUTOFORGE_DATABASE_PATHS.map((place) => join(root, place));
  const names = [root, databasePath, ...databases, ...databases.map((path) => dirname(path))];
  return new Set(names.map((path) => realPath(path, realPorts())));
}
