import { join, relative, sep } from 'node:path';
import { defaultScope, findFeatureServers, launcherIn, planConnection, type AgentProject } from '../agents/index.js';
import { findRepository, planInstall, readHookProgram } from '../git/index.js';
import { BackupError, kindAt, userHome, type Ports } from '../system/index.js';
import { connectionPart, hookPart, isEmpty } from './parts.js';
import {
  SETUP_KINDS,
  type SetupKind,
  type SetupPart,
  type SetupPlan,
  type SetupPrograms,
  type UnplannedPart,
} from './setupPlan.js';

/**
 * Plans the connections for the agents, MCP servers and the repository that a project uses. `only`: whether they are
 * used is not asked. Changes nothing.
 */
export async function planSetup(
  project: AgentProject,
  programs: SetupPrograms,
  ports: Ports,
  only?: readonly SetupKind[],
): Promise<SetupPlan> {
  const kinds = only ?? SETUP_KINDS.filter((kind) => IS_USED[kind](project, ports));
  const parts: SetupPart[] = [];
  const unplanned: UnplannedPart[] = [];
  for (const kind of kinds) {
    try {
      parts.push(await planPart(kind, project, programs, ports));
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      unplanned.push({ kind, root: project.root, error });
    }
  }
  return {
    project,
    parts: parts.filter((part) => !isEmpty(part)),
    installed: parts.filter(isEmpty).map(({ kind }) => kind),
    unplanned,
  };
}

const IS_USED: Readonly<Record<SetupKind, (project: AgentProject, ports: Ports) => boolean>> = {
  claude: usesClaude,
  mcp: ({ root }, ports) => findFeatureServers(root, ports).length > 0,
  git: ({ root }, ports) => findRepository(root, ports) !== undefined,
};

/** The agents of AutoForge are Claude Code, and read the settings of the project. */
function usesClaude({ root }: AgentProject, ports: Ports): boolean {
  const home = userHome(ports.environment);
  const folders = [
    ...['.claude', '.autoforge', '.autocoder'].map((name) => join(root, name)),
    ...(home === undefined ? [] : [join(home, '.claude')]),
  ];
  return folders.some((folder) => kindAt(folder, ports) === 'folder');
}

async function planPart(
  kind: SetupKind,
  project: AgentProject,
  programs: SetupPrograms,
  ports: Ports,
): Promise<SetupPart> {
  if (kind !== 'git') {
    const launcher = launcherIn(programs.folder, programs.node);
    const scope = kind === 'claude' ? await defaultScope(project.root, ports) : undefined;
    return connectionPart(planConnection(kind, project, launcher, ports, { scope }));
  }
  const program = { ...readHookProgram(programs.folder, ports), node: programs.node };
  const projects = isDeepInRepository(project, ports) ? [project.root] : [];
  return hookPart(await planInstall(project.root, program, ports, { projects }));
}

/** The hooks find other projects by themselves, also those that are made later. */
function isDeepInRepository({ root }: AgentProject, ports: Ports): boolean {
  const workTree = findRepository(root, ports)?.workTree ?? root;
  return relative(workTree, root).split(sep).length > SEARCHED_LEVELS;
}

const SEARCHED_LEVELS = 3;
