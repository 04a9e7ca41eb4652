import { basename, resolve } from 'node:path';
import { BackupError, type Ports } from '../system/index.js';
import { readUserConfiguration, findProject } from '../project/index.js';
import { readOpenWorkspaces } from './openWorkspaces.js';
import { isTemporary } from './projectIdentity.js';
import { readProjectRecords } from './projectRecord.js';
import type { RecordedBackup } from './recordFile.js';
import { recordRegistered } from './registeredBefore.js';
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
  const onUnreadable = (warning: string): void => {
    isComplete = false;
    ports.onWarning?.(warning);
  };
  const projects = await knownProjects(await findCandidates(ports, onUnreadable), ports);
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

type OnUnreadable = (warning: string) => void;

async function findCandidates(ports: Ports, onUnreadable: OnUnreadable): Promise<readonly Candidate[]> {
  const { projects } = await readUserConfiguration(ports);
  const registered = await readRegisteredProjects(ports, onUnreadable);
  recordRegistered(
    registered.map(({ path }) => path),
    ports,
  );
  return [
    ...registered.map(({ path, name }) => ({ path, name, origin: 'registry' }) as const),
    ...projects.map((path) => ({ path: resolve(path), name: undefined, origin: 'configured' }) as const),
    ...openWorkspaces(ports, onUnreadable).map(
      (path) => ({ path: resolve(path), name: undefined, origin: 'workspace' }) as const,
    ),
    ...recordedProjects(ports, onUnreadable),
    ...readSeenDatabases(ports).map(
      ({ root: path }) => ({ path, name: undefined, origin: 'recorded', isOnlySeen: true }) as const,
    ),
  ];
}

function openWorkspaces(ports: Ports, onUnreadable: OnUnreadable): readonly string[] {
  try {
    return readOpenWorkspaces(ports, onUnreadable);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnreadable(`Could not read the open workspaces: ${error.message}`);
    return [];
  }
}

function recordedProjects(ports: Ports, onUnreadable: OnUnreadable): readonly Candidate[] {
  try {
    return readProjectRecords(ports, onUnreadable)
      .filter(({ roots: [path] }) => !isTemporary(path, ports))
      .map(({ roots: [path], lastBackup }) => ({ path, name: undefined, origin: 'recorded', lastBackup }));
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    onUnreadable(`Projects with earlier backups may be missing from the list: ${error.message}`);
    return [];
  }
}

async function inspectCandidate({ path, name, origin, lastBackup }: Candidate, ports: Ports): Promise<KnownProject> {
  const { root, status } = await resolveRoot(path, ports);
  const known = { root, name: name ?? (basename(root) || root), origins: [origin], status };
  return lastBackup === undefined ? known : { ...known, lastBackup };
}

async function resolveRoot(path: string, ports: Ports): Promise<{ root: string; status: KnownProjectStatus }> {
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

/** Identifies a folder that has several paths. A missing folder is identified by the given path. */
function realPathOf(path: string, { files }: Ports): string {
  try {
    return files.realpathSync(path);
  } catch {
    return path;
  }
}
