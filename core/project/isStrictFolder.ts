import { join } from 'node:path';
import type { Ports } from '../system/index.js';
import { PROJECT_CONFIGURATION, readConfigurationFile, userConfigurationPath } from './configuration.js';
import { readStrictFlag } from './environmentConfiguration.js';
import { possibleRoots } from './findProject.js';
import type { PathOrigin } from './safePaths.js';

/**
 * Whether the configuration asks for strictness, for callers whose project could not be opened: a store that cannot be
 * used, or a wrong value beside `strict`, is just what strictness is about. True where a configuration file, or its
 * `strict`, cannot be read and nothing above it says otherwise: it may have said so.
 */
export async function isStrictFolder(
  named: string | undefined,
  { ports, cwd }: { readonly ports: Ports; readonly cwd: string },
): Promise<boolean> {
  const userPath = userConfigurationPath(ports.environment, process.platform);
  try {
    return (
      readStrictFlag(ports.environment) ??
      (await strictInProject(possibleRoots({ argument: named, cwd }, ports), ports)) ??
      (userPath === undefined ? undefined : await strictIn(userPath, 'user', ports))?.strict ??
      false
    );
  } catch {
    return true;
  }
}

/** The nearest folder with a configuration file counts, as in the search for a project. */
async function strictInProject(roots: readonly string[], ports: Ports): Promise<boolean | undefined> {
  for (const root of roots) {
    const said = await strictIn(join(root, PROJECT_CONFIGURATION), 'project', ports);
    if (said !== undefined) return said.strict;
  }
  return undefined;
}

/** Undefined where there is no such file. */
async function strictIn(
  path: string,
  origin: PathOrigin,
  ports: Ports,
): Promise<{ readonly strict: boolean | undefined } | undefined> {
  const content = readConfigurationFile(path, origin, ports);
  if (content === undefined) return undefined;
  const { parseStrictness } = await import('./parseConfiguration.js');
  return { strict: parseStrictness(content.toString('utf8'), path) };
}
