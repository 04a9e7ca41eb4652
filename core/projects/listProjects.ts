import { basename, resolve } from 'node:path';
import { BackupError, type Ports } from '../system/index.js';
import { readUserConfiguration, findProject } from '../project/index.js';
import { readOpenWorkspaces } from './openWorkspaces.js';
import { isTemporary } from './projectPlace.js';
import { readProjectRecords } from './projectRecord.js';
import type { RecordedBackup } from './recordFile.js';
import { rememberRegistered } from './registeredBefore.js';
import { readRegisteredProjects } from './registry.js';
import { readSeenDatabases } from './seenDatabases.js';
import type { KnownProject, KnownProjectStatus, ListedProjects, ProjectOrigin } from './knownProject.js';

/**
 * Every project of this user, each once, in the order of the registry, the configuration and the open workspaces. A folder
 * that is only open in an editor is included if it is a project. Missing projects are included; an unreadable registry is
 * a warning. Throws `configuration` if the user's configuration is invalid.
 */
export async function listProjects(ports: Ports): Promise<readonly KnownProject[]> {
  return (await listProjectsWithCompleteness(ports)).projects;
}

/** For callers that must know whether an unlisted project may still exist. */
export async function listProjectsWithCompleteness(ports: Ports): Promise<ListedProjects> {
  let isComplete = true;
  const onUnread = (warning: string): void => {
    isComplete = false;
    ports.onWarning?.(warning);
  };
  const projects = await knownProjects(await candidates(ports, onUnread), ports);
  return { projects, isComplete };
}

async function knownProjects(found: readonly Candidate[], ports: Ports): Promise<readonly KnownProject[]> {
  const known = new Map<string, KnownProject>();
  for (const candidate of found) {
    const project = await inspectCandidate(candidate, ports);
    if (candidate.origin === 'workspace' && project.status !== 'present') continue;
    // A project without backups is listed here once its database is missing.
    if (candidate.isOnlySeen === true && project.status === 'present') continue;
    const key = realPathOf(project.root, ports);
    const earlier = known.get(key);
    known.set(key, earlier === undefined ? project : merge(earlier, project));
  }
  return [...known.values()];
}

interface Candidate {
  readonly path: string;
  readonly name: string | undefined;
  readonly origin: ProjectOrigin;
  readonly lastBackup?: RecordedBackup;
  readonly isOnlySeen?: boolean;
}

type OnUnread = (warning: string) => void;

async function candidates(ports: Ports, onUnread: OnUnread): Promise<readonly Candidate[]> {
  const { projects } = await readUserConfiguration(ports);
  const registered = await readRegisteredProjects(ports, onUnread);
  rememberRegistered(
    registered.map(({ path }) => path),
    ports,
  );
  return [
    ...registered.map(({ path, name }) => ({ path, name, origin: 'registry' }) as const),
    ...projects.map((path) => ({ path: resolve(path), name: undefined, origin: 'configured' }) as const),
    ...workspaces(ports, onUnread).map(
      (path) => ({ path: resolve(path), name: undefined, origin: 'workspace' }) as const,
    ),
    ...recorded(ports, onUnread),
    ...readSeenDatabases(ports).map(
      ({ root: path }) => ({ path, name: undefined, origin: 'recorded', isOnlySeen: true }) as const,
    ),
  ];
}

function workspaces(ports: Ports, onUnread: OnUnread): readonly string[] {
  try {
    return readOpenWorkspaces(ports, onUnread);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnread(`Could not read the open workspaces: ${error.message}`);
    return [];
  }
}

function recorded(ports: Ports, onUnread: OnUnread): readonly Candidate[] {
  try {
    return readProjectRecords(ports, onUnread)
      .filter(({ roots: [path] }) => !isTemporary(path, ports))
      .map(({ roots: [path], lastBackup }) => ({ path, name: undefined, origin: 'recorded', lastBackup }));
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnread(`Projects with earlier backups may be missing from the list: ${error.message}`);
    return [];
  }
}

async function inspectCandidate({ path, name, origin, lastBackup }: Candidate, ports: Ports): Promise<KnownProject> {
  const { root, status } = await find(path, ports);
  const known = { root, name: name ?? (basename(root) || root), origins: [origin], status };
  return lastBackup === undefined ? known : { ...known, lastBackup };
}

async function find(path: string, ports: Ports): Promise<{ root: string; status: KnownProjectStatus }> {
  try {
    const { root } = await findProject(path, ports);
    return { root, status: 'present' };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    if (error.code === 'project-not-found') return { root: path, status: 'gone' };
    if (error.code === 'database-not-found') return { root: path, status: 'no-database' };
    // An invalid configuration or a missing permission is reported when the project is opened.
    return { root: path, status: 'present' };
  }
}

function merge(earlier: KnownProject, later: KnownProject): KnownProject {
  const origins = [...new Set([...earlier.origins, ...later.origins])];
  return { ...later, ...earlier, origins };
}

/** Two paths to one folder are one project. A missing folder has only its path. */
function realPathOf(path: string, { files }: Ports): string {
  try {
    return files.realpathSync(path);
  } catch {
    return path;
  }
}
