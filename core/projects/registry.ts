import { isAbsolute, join, resolve } from 'node:path';
import { takeSnapshot } from '../snapshot/index.js';
import { readRegistry, type RegisteredProject } from '../database/index.js';
import { BackupError, kindAt, type Ports } from '../system/index.js';

/** Where AutoForge keeps its registry, in the user's home: as it is called now, and as AutoCoder left it. */
const REGISTRY_PLACES = ['.autoforge/registry.db', '.autocoder/registry.db'] as const;

/** The registry of this user's AutoForge; undefined where it has none. */
export function findRegistry(
  ports: Pick<Ports, 'files' | 'environment'>,
  platform: NodeJS.Platform = process.platform,
): string | undefined {
  const { HOME, USERPROFILE } = ports.environment;
  const home = platform === 'win32' ? USERPROFILE : HOME;
  if (home === undefined || !isAbsolute(home)) return undefined;
  return REGISTRY_PLACES.map((place) => join(home, place)).find((path) => !ABSENT.has(kindAt(path, ports)));
}

/** Anything else in its place is read, and so reported as unreadable rather than passed over. */
const ABSENT: ReadonlySet<string> = new Set(['nothing', 'folder']);

/**
 * The projects that AutoForge knows, read while it may be writing. What cannot be read is told as a warning: the
 * registry is somebody else's, and says nothing about the backups.
 */
export async function readRegisteredProjects(
  ports: Ports,
  onUnread: ((warning: string) => void) | undefined = ports.onWarning,
): Promise<readonly RegisteredProject[]> {
  try {
    const path = findRegistry(ports);
    return path === undefined ? [] : await readProjectsOf(path, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnread?.(`AutoForge’s list of projects could not be read: ${error.message}`);
    return [];
  }
}

async function readProjectsOf(path: string, ports: Ports): Promise<readonly RegisteredProject[]> {
  const { image } = await takeSnapshot(path, ports, { maxSizeBytes: MAX_REGISTRY_BYTES });
  const projects: RegisteredProject[] = [];
  for (const project of await readRegistry(image)) {
    if (isAbsolute(project.path) && !project.path.includes('\0')) {
      projects.push({ ...project, path: resolve(project.path) });
    } else ports.onWarning?.(`AutoForge’s list of projects names no folder for ${project.name}: ${project.path}`);
  }
  return projects;
}

/** A row is a name and a path: a larger file is something else. */
const MAX_REGISTRY_BYTES = 64 * 1024 * 1024;
