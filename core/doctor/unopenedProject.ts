import { join, resolve } from 'node:path';
import {
  AUTOFORGE_DATABASE_PATHS,
  PROJECT_CONFIGURATION,
  readConfiguration,
  readUserConfiguration,
  DEFAULT_CONFIGURATION,
  userConfigurationPath,
  type Configuration,
  type Project,
} from '../project/index.js';
import { findSeenDatabase } from '../projects/index.js';
import { findLostProject } from '../replication/index.js';
import { kindAt, type BackupError, type Ports } from '../system/index.js';
import { problem, sentence, type DoctorCheck, type DoctorLink } from './check.js';

/** A project that cannot be opened. What is known of it suffices to try its other links. */
export interface UnopenedProject {
  readonly project: Project;
  readonly error: BackupError;
}

/** Undefined if none of these folders is known to be a project. */
export async function findUnopenedProject(
  error: BackupError,
  folders: readonly string[],
  ports: Ports,
): Promise<UnopenedProject | undefined> {
  if (error.code === 'usage') return undefined;
  const isAbsent = error.code === 'database-not-found' || error.code === 'project-not-found';
  const root = isAbsent
    ? (findLostProject(folders, ports) ?? findSeenDatabase(folders, ports))?.root
    : folders.find((folder) => MARKS.some((name) => kindAt(join(folder, name), ports) !== 'nothing'));
  if (root === undefined || kindAt(root, ports) !== 'folder') return undefined;
  const configuration = await readableConfiguration(root, ports);
  const databasePaths = configuration.database === undefined ? AUTOFORGE_DATABASE_PATHS : [configuration.database];
  const paths = databasePaths.map((path) => resolve(root, path));
  const databasePath = paths.find((path) => kindAt(path, ports) !== 'nothing') ?? join(root, 'features.db');
  return { project: { root, databasePath, storePath: resolve(root, configuration.store), configuration }, error };
}

/** What makes a folder a project. */
const MARKS = [PROJECT_CONFIGURATION, DEFAULT_CONFIGURATION.store, ...AUTOFORGE_DATABASE_PATHS];

/** Without the layers that cannot be read. */
async function readableConfiguration(root: string, ports: Ports): Promise<Configuration> {
  // Opening the project has reported the warnings already.
  const quiet = { ...ports, onWarning: () => undefined };
  try {
    return (await readConfiguration(root, quiet)).configuration;
  } catch {
    return await readUserConfiguration(quiet).catch(() => DEFAULT_CONFIGURATION);
  }
}

/** The reason why the project cannot be opened, as the result of one link. */
export function checkUnopened({ project: { root }, error }: UnopenedProject, ports: Ports): DoctorCheck {
  const { message, hint } = error;
  return problem(linkOf(error, root, ports), '', { description: sentence(message), advice: hint });
}

function linkOf({ code, path }: BackupError, root: string, { environment }: Ports): DoctorLink {
  if (code === 'unsafe-store') return 'store';
  const files = [join(root, PROJECT_CONFIGURATION), userConfigurationPath(environment, process.platform)];
  return code === 'configuration' || files.includes(path) ? 'configuration' : 'database';
}
