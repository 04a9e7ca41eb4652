import { join } from 'node:path';
import { connectedRoots, planDisconnection, type AgentProject } from '../agents/index.js';
import { findRepository, hookedFolders, planUninstall } from '../git/index.js';
import { findProject } from '../project/index.js';
import { listProjects, readProjectRecords } from '../projects/index.js';
import { serviceFileState, serviceSetUp, type ServiceSetUp } from '../service/index.js';
import { BackupError, kindAt, userStateFolder, userVaultFolder, type Ports } from '../system/index.js';
import { connectionPart, hookPart, isEmpty } from './parts.js';
import type { RemainingData, RemovalPlan, SetupKind, SetupPart, SetupPrograms, UnplannedPart } from './setupPlan.js';

/**
 * Plans to take out everything that was installed, in every known project or in one, so that the program itself can be
 * removed. Keeps all backups. Changes nothing.
 */
export async function planRemoval(programs: SetupPrograms, ports: Ports, root?: string): Promise<RemovalPlan> {
  const projects = await knownProjects(ports, root);
  const parts: SetupPart[] = [];
  const unplanned: UnplannedPart[] = [];
  const attempt = async (kind: SetupKind, place: string, plan: () => SetupPart | Promise<SetupPart>): Promise<void> => {
    try {
      parts.push(await plan());
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      unplanned.push({ kind, root: place, error });
    }
  };
  for (const project of projects) {
    for (const kind of ['claude', 'mcp'] as const)
      await attempt(kind, project.root, () => {
        const taken = new Set(parts.flatMap(({ files }) => files));
        return connectionPart(planDisconnection(kind, project, ports), taken);
      });
  }
  const folders = [...projects.map((project) => project.root), ...(root === undefined ? hookedFolders(ports) : [])];
  for (const [place, folder] of repositoriesAround(folders, ports))
    await attempt('git', place, async () => hookPart(await planUninstall(folder, ports)));
  return {
    parts: parts.filter((part) => !isEmpty(part)),
    service: root === undefined ? installedService(programs, ports) : undefined,
    unplanned,
    left: remainingData(projects, ports),
  };
}

/** Every folder in which something may have been installed. */
async function knownProjects(ports: Ports, root: string | undefined): Promise<readonly AgentProject[]> {
  const warn = (warning: string): void => ports.onWarning?.(warning);
  const known = root === undefined ? await listProjects(ports) : [];
  const recorded = root === undefined ? readProjectRecords(ports, warn).map(({ roots }) => roots[0]) : [];
  const connected = root === undefined ? connectedRoots(ports) : [];
  const roots = new Set([
    ...(root === undefined ? [] : [root]),
    ...known.map((each) => each.root),
    ...recorded,
    ...connected,
  ]);
  const existing = [...roots].filter((path) => kindAt(path, ports) === 'folder');
  return await Promise.all(existing.map((path) => openProject(path, ports)));
}

/** Its database may be missing. */
async function openProject(root: string, ports: Ports): Promise<AgentProject> {
  try {
    return await findProject(root, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { root, storePath: join(root, '.feature_backups') };
  }
}

/** Each repository once, with a folder in it. */
function repositoriesAround(folders: readonly string[], ports: Ports): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const folder of folders) {
    const repository = findRepository(folder, ports);
    if (repository !== undefined && !found.has(repository.commonFolder)) found.set(repository.commonFolder, folder);
  }
  return found;
}

function installedService({ node, folder }: SetupPrograms, ports: Ports): ServiceSetUp | undefined {
  try {
    const programs = { node, program: join(folder, 'feature-backups.cjs'), launcher: join(folder, 'launch.sh') };
    const setUp = serviceSetUp(programs, ports);
    const state = serviceFileState(setUp, ports);
    return state === 'absent' || state === 'foreign' ? undefined : setUp;
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return undefined;
  }
}

function remainingData(projects: readonly AgentProject[], ports: Ports): RemainingData {
  const existing = (path: string | undefined) =>
    path !== undefined && kindAt(path, ports) === 'folder' ? path : undefined;
  return {
    stores: projects.map(({ storePath }) => storePath).filter((path) => existing(path) !== undefined),
    vault: existing(userVaultFolder(ports.environment)),
    state: existing(stateFolder(ports)),
  };
}

function stateFolder(ports: Ports): string | undefined {
  try {
    return userStateFolder(ports.environment);
  } catch {
    return undefined;
  }
}
