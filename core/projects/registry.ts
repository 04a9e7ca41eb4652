import { isAbsolute, join, resolve } from 'node:path';
import { realPath } from '../project/index.js';
import { takeSnapshot } from '../snapshot/index.js';
import { readRegistry, type RegisteredProject } from '../database/index.js';
import { BackupError, kindAt, userHome, type Ports } from '../system/index.js';

/** AutoForge's registry in the user's home folder. AutoForge was formerly named AutoCoder. */
const REGISTRY_PATHS = ['.autoforge/registry.db', '.autocoder/registry.db'] as const;

export function findRegistry(
  ports: Pick<Ports, 'files' | 'environment'>,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const home = userHome(ports.environment, platform);
  if (home === undefined) return undefined;
  return REGISTRY_PATHS.map((path) => join(home, path)).find((path) => !NO_REGISTRY.has(kindAt(path, ports)));
}

/** Anything else at that path, such as a link or a pipe, is reported as unreadable instead of being ignored. */
const NO_REGISTRY: ReadonlySet<string> = new Set(['nothing', 'folder']);

/**
 * The projects in AutoForge's registry, read while it may be writing. An unreadable registry is only a warning, because
 * it does not affect the backups.
 */
export async function readRegisteredProjects(
  ports: Ports,
  onUnreadable: ((warning: string) => void) | undefined = ports.onWarning,
): Promise<readonly RegisteredProject[]> {
  try {
    const path = findRegistry(ports);
    return path === undefined ? [] : await readProjectsOf(path, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnreadable?.(`Could not read AutoForge’s list of projects: ${error.message}`);
    return [];
  }
}

/** Whether AutoForge's registry lists a project. False if it cannot be read. */
export async function isRegistered(root: string, ports: Ports): Promise<boolean> {
  const listed = await readRegisteredProjects(ports);
  return listed.some(({ path }) => path === root || realPath(path, ports) === realPath(root, ports));
}

async function readProjectsOf(path: string, ports: Ports): Promise<readonly RegisteredProject[]> {
  const { image } = await takeSnapshot(path, ports, { maxSizeBytes: MAX_REGISTRY_BYTES });
  const projects: RegisteredProject[] = [];
  for (const project of await readRegistry(image)) {
    if (isAbsolute(project.path) && !project.path.includes('\0')) {
      projects.push({ ...project, path: resolve(project.path) });
    } else
      ports.onWarning?.(
        `Skipped ${project.name} in AutoForge’s list of projects: not an absolute path: ${project.path}`,
      );
  }
  return projects;
}

/** A row is a name and a path, so a larger file is not a registry. */
const MAX_REGISTRY_BYTES = 64 * 1024 * 1024;
