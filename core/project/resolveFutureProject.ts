import { join } from 'node:path';
import { BackupError, type Ports } from '../system/index.js';
import { readConfiguration } from './configuration.js';
import { AUTOFORGE_DATABASE_PATHS, findProject } from './findProject.js';
import { withSafeDatabase } from './liveDatabase.js';
import { databaseInside, storeOf } from './safePaths.js';
import type { ConfigurationLayer, Project } from './project.js';

/**
 * The project at exactly this folder, or the one that it becomes when a backup is restored into it. `place`: the relative
 * path of its database, ignored unless it is one of AutoForge's paths.
 */
export async function resolveFutureProject(folder: string, place: string, ports: Ports): Promise<Project> {
  try {
    return await findProject(folder, ports);
  } catch (error) {
    if (
      !(error instanceof BackupError) ||
      (error.code !== 'database-not-found' && error.code !== 'project-not-found')
    ) {
      throw error;
    }
  }
  const { configuration, storeOrigin } = await readConfiguration(folder, ports);
  const known = AUTOFORGE_DATABASE_PATHS.find((candidate) => candidate === place) ?? AUTOFORGE_DATABASE_PATHS[0];
  const databasePath =
    configuration.database === undefined ? join(folder, known) : databaseInside(folder, configuration.database);
  const storePath = storeOf(folder, configuration.store, storeOrigin, ports);
  return withSafeDatabase({ root: folder, databasePath, storePath, configuration }, ports);
}

/** A deleted project, from the paths that the user's own records contain. */
export async function resolveDeletedProject(
  places: Pick<Project, 'root' | 'databasePath' | 'storePath'>,
  ports: Ports,
  overrides?: ConfigurationLayer,
): Promise<Project> {
  const { configuration } = await readConfiguration(places.root, ports, overrides);
  return withSafeDatabase({ ...places, configuration }, ports);
}
