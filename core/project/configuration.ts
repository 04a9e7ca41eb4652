import { dirname, join } from 'node:path';
import {
  BackupError,
  asBackupError,
  isNotFound,
  readPlainFile,
  userConfigurationFolder,
  userHome,
  type Ports,
} from '../system/index.js';
import { CONFIGURATION } from './configurationDefinition.js';
import { editablePath } from './editablePath.js';
import { readEnvironment } from './environmentConfiguration.js';
import type { Configuration, ConfigurationLayer } from './project.js';
import type { PathOrigin } from './safePaths.js';
import { addLayer, defaultsOf } from './schema/layers.js';

export const PROJECT_CONFIGURATION = '.feature-backups.json';

export const DEFAULT_CONFIGURATION: Configuration = defaultsOf(CONFIGURATION);

export interface LoadedConfiguration {
  readonly configuration: Configuration;
  /** Only the user's configuration may place the store outside the project. */
  readonly storeOrigin: PathOrigin;
}

/**
 * Combines, in order of precedence: flags, environment, `.feature-backups.json`, the user configuration file, defaults.
 * Throws `configuration` with file, line and key for invalid values; only warns about unknown keys.
 */
export async function readConfiguration(
  root: string,
  ports: Ports,
  overrides: ConfigurationLayer = {},
): Promise<LoadedConfiguration> {
  const user = await readUserLayer(ports);
  const project = await readLayer(join(root, PROJECT_CONFIGURATION), 'project', ports);
  const environment = readEnvironment(ports.environment);
  const layers = [user, project, environment, overrides];
  const storeLayer = layers.findLast((layer) => layer.store !== undefined);
  return {
    configuration: layers.reduce(merge, DEFAULT_CONFIGURATION),
    storeOrigin: storeLayer === undefined || storeLayer === project ? 'project' : 'user',
  };
}

/** The user's configuration for all projects: the environment, the user configuration file, defaults. */
export async function readUserConfiguration(ports: Ports): Promise<Configuration> {
  return [await readUserLayer(ports), readEnvironment(ports.environment)].reduce(merge, DEFAULT_CONFIGURATION);
}

async function readUserLayer(ports: Ports): Promise<ConfigurationLayer> {
  const path = userConfigurationPath(ports.environment, process.platform);
  return path === undefined ? {} : await readLayer(path, 'user', ports);
}

/** The user configuration file; undefined if the user has no home folder. */
export function userConfigurationPath(
  environment: Ports['environment'],
  platform: NodeJS.Platform,
): string | undefined {
  const folder = userConfigurationFolder(environment, platform);
  return folder === undefined ? undefined : join(folder, 'feature-backups', 'config.json');
}

/** Far larger than any real configuration. */
const MAX_FILE_BYTES = 256 * 1024;

async function readLayer(path: string, origin: PathOrigin, ports: Ports): Promise<ConfigurationLayer> {
  const content = readConfigurationFile(path, origin, ports);
  if (content === undefined) return {};
  // The parser is loaded only if needed: most projects have no such file.
  const { parseConfiguration } = await import('./parseConfiguration.js');
  return parseConfiguration(content.toString('utf8'), {
    path,
    origin,
    home: userHome(ports.environment),
    onWarning: ports.onWarning,
  });
}

/**
 * Undefined if missing. The user configuration file may be a link to anywhere, as dotfile managers create them; a
 * project's file must stay in the project.
 */
export function readConfigurationFile(path: string, origin: PathOrigin, ports: Ports): Buffer | undefined {
  try {
    const target = ports.files.realpathSync(path);
    if (origin === 'project') editablePath(path, [dirname(path)], ports);
    const file = readPlainFile(target, MAX_FILE_BYTES, ports.files);
    if (file.status === 'missing') return undefined;
    if (file.status === 'read') return file.content;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, 'read the configuration', path);
  }
  throw new BackupError(`${path} is not a configuration file`, {
    code: 'configuration',
    operation: 'read the configuration',
    path,
    hint: `It must be a regular file of at most ${String(MAX_FILE_BYTES / 1024)} KiB.`,
  });
}

function merge(below: Configuration, above: ConfigurationLayer): Configuration {
  return addLayer(CONFIGURATION, below, above);
}
