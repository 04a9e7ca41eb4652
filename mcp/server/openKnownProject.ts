import { dirname, join, resolve } from 'node:path';
import { BackupError, listProjects, openProject } from '../../core/engine.js';
import type { Project } from '../../core/engine.js';
import { realPorts } from '../../core/system/index.js';
import { AUTOFORGE_PLACES, realPath } from '../../core/project/index.js';

/**
 * The project that a tool is called for. An agent chooses the path, so only projects that the user has chosen count: the
 * one that this server was started for, those of AutoForge's registry and of the user's configuration, and those open
 * in an editor. Throws `project-not-found` for any other, whether or not something is there.
 */
export async function openKnownProject(named: string | undefined, startedFor: string | undefined): Promise<Project> {
  if (named === undefined || named === '') return await openProject(startedFor);
  const wanted = realPath(resolve(named), realPorts());
  const own = await openUnlessMissing(startedFor);
  if (own !== undefined && placesOf(own.root, own.databasePath).has(wanted)) return own;
  for (const { root } of await listProjects()) {
    if (placesOf(root).has(wanted)) return await openProject(root);
  }
  throw new BackupError(`${named} is none of the projects that this server may use`, {
    code: 'project-not-found',
    operation: 'find the project',
    path: resolve(named),
    hint:
      'Ask the user to open it in VS Code, to add it to "projects" in the user’s configuration file, or to start this ' +
      'server with --project for it.',
  });
}

/** The server may have been started before its project has a database. */
async function openUnlessMissing(startedFor: string | undefined): Promise<Project | undefined> {
  try {
    return await openProject(startedFor);
  } catch (error) {
    if (error instanceof BackupError && MISSING.has(error.code)) return undefined;
    throw error;
  }
}

const MISSING: ReadonlySet<string> = new Set(['project-not-found', 'database-not-found']);

/** Everything that names a project: its folder, its database, and the folder of its database. */
function placesOf(root: string, databasePath = root): ReadonlySet<string> {
  const databases = AUTOFORGE_PLACES.map((place) => join(root, place));
  const names = [root, databasePath, ...databases, ...databases.map((path) => dirname(path))];
  return new Set(names.map((path) => realPath(path, realPorts())));
}
