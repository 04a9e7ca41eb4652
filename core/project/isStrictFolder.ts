import { join } from 'node:path';
import type { Ports } from '../system/index.js';
import { PROJECT_CONFIGURATION, readConfigurationFile, userConfigurationPath } from './configuration.js';
import { readStrictFlag } from './environmentConfiguration.js';
import { possibleRoots } from './findProject.js';
import type { PathOrigin } from './safePaths.js';

/**
 * Whether the configuration of a project that could not be opened is strict. A backup then fails, so the answer decides
 * whether work continues. True if a configuration file or its `strict` is unreadable and no other source overrides it.
 */
export async function isStrictFolder(
  named: string | undefined,
  { ports, cwd }: { readonly ports: Ports; readonly cwd: string },
): Promise<boolean> {
  const userPath = userConfigurationPath(ports.environment, process.platform);
  try {
    return (
      readStrictFlag(ports.environment) ??
      (await readProjectStrict(possibleRoots({ argument: named, cwd }, ports), ports)) ??
      (userPath === undefined ? undefined : await readStrict(userPath, 'user', ports))?.strict ??
      false
    );
  } catch {
    return true;
  }
}

/** Reads `strict` from the nearest folder with a configuration file, as in the search for a project. */
async function readProjectStrict(roots: readonly string[], ports: Ports): Promise<boolean | undefined> {
  for (const root of roots) {
    const file = await readStrict(join(root, PROJECT_CONFIGURATION), 'project', ports);
    if (file !== undefined) return file.strict;
  }
  return undefined;
}

/** Undefined if the file is missing. */
async function readStrict(
  path: string,
  origin: PathOrigin,
  ports: Ports,
): Promise<{ readonly strict: boolean | undefined } | undefined> {
  const content = readConfigurationFile(path, origin, ports);
  if (content === undefined) return undefined;
  const { parseStrictness } = await import('./parseConfiguration.js');
  return { strict: parseStrictness(content.toString('utf8'), path) };
}
