import { join } from 'node:path';
import {
  applyConnectionPlan,
  defaultScope,
  launcherIn,
  manualEditText,
  obstacleText,
  planConnection,
  unifiedDiff,
  type AgentProject,
} from '../../core/agents/index.js';
import { BackupError, openProject, type EngineOptions } from '../../core/engine.js';
import { applyInstall, findInactiveHook, planInstall, type FileState, type HookPlan } from '../../core/git/index.js';
import { realPorts, type Ports } from '../../core/system/index.js';
import { findNode } from './findNode.js';
import { GIT_HOOK_PROGRAM, installPrograms, readHookScript } from './programs.js';
import type { SetUpKind, SetUpPreview } from './protocol.js';

export interface SetUpRequest {
  readonly root: string;
  readonly kind: SetUpKind;
  /** Folder of the programs that hooks and settings start; it must outlive an update of the extension. */
  readonly programsPath: string;
}

/** Previews the changes that make git or an agent back up. */
export async function planSetUp(request: SetUpRequest, options: EngineOptions): Promise<SetUpPreview> {
  return (await prepare(request, options)).preview;
}

/** Makes the previewed changes. Throws if the files have changed since the preview. */
export async function setUp(
  request: SetUpRequest & { readonly seen: string },
  options: EngineOptions,
): Promise<SetUpPreview> {
  const { preview, apply } = await prepare(request, options);
  if (preview.diff !== request.seen) throw changedMeanwhile(request.root);
  installPrograms(request.programsPath);
  apply();
  return preview;
}

interface PreparedSetUp {
  readonly preview: SetUpPreview;
  readonly apply: () => void;
}

async function prepare(request: SetUpRequest, options: EngineOptions): Promise<PreparedSetUp> {
  const ports: Ports = { ...realPorts(), ...options.ports };
  return request.kind === 'git'
    ? await prepareGitHook(request, ports)
    : await prepareConnection(request, request.kind, ports, options);
}

async function prepareGitHook({ root, programsPath }: SetUpRequest, ports: Ports): Promise<PreparedSetUp> {
  const program = {
    node: findNode(ports.environment) ?? process.execPath,
    program: join(programsPath, GIT_HOOK_PROGRAM),
    script: readHookScript(),
  };
  const plan = await planInstall(root, program, ports, { projects: [root] });
  if (plan.isEmpty) assertActive(plan, ports);
  const diffs = plan.changes.map(({ path, before, after }) => unifiedDiff(path, textOf(before), textOf(after)));
  const moves = plan.moves.map(({ from, to }) => `# ${from}\n# -> ${to}\n`);
  const own = plan.ownChanges.map(({ path, before }) => `# ${before === null ? '+' : '~'} ${path}\n`);
  return {
    preview: {
      isEmpty: plan.isEmpty,
      diff: [...moves, ...diffs, ...own].join('\n'),
      files: [...plan.moves.map(({ from }) => from), ...plan.changes.map(({ path }) => path)],
      notes: plan.notes,
      obstacles: [],
    },
    apply: () => {
      applyInstall(plan, ports);
      assertActive(plan, ports);
    },
  };
}

function assertActive(plan: HookPlan, ports: Ports): void {
  const inactive = findInactiveHook(plan, ports);
  if (inactive === undefined) return;
  throw new BackupError(inactive.message, {
    code: 'configuration',
    operation: 'set up',
    path: plan.repository.workTree,
    hint: inactive.hint,
  });
}

async function prepareConnection(
  { root, programsPath }: SetUpRequest,
  kind: Exclude<SetUpKind, 'git'>,
  ports: Ports,
  options: EngineOptions,
): Promise<PreparedSetUp> {
  const node = findNode(ports.environment);
  if (node === undefined) throw noNode();
  const launcher = launcherIn(programsPath, node);
  const project = await findAgentProject(root, options);
  const scope = kind === 'claude' ? await defaultScope(project.root, ports) : undefined;
  const plan = planConnection(kind, project, launcher, ports, { scope });
  const files = plan.edits.map(({ path }) => path);
  const manualEdits = plan.manualEdits.map(manualEditText);
  return {
    preview: {
      isEmpty: plan.edits.length === 0,
      diff: plan.diff,
      files,
      notes: [...plan.warnings, ...plan.notes, ...manualEdits],
      // If there is nothing to edit automatically, only edits by the user help.
      obstacles: [...plan.obstacles.map(obstacleText), ...(plan.edits.length === 0 ? manualEdits : [])],
    },
    apply: () => applyConnectionPlan(plan, ports),
  };
}

/** The database may be missing, because an agent is best connected before it starts. */
async function findAgentProject(root: string, options: EngineOptions): Promise<AgentProject> {
  try {
    return await openProject(root, options);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found') throw error;
    return { root, storePath: join(root, '.feature_backups') };
  }
}

function textOf(state: FileState | null): string | undefined {
  return state === null ? undefined : Buffer.from(state.content).toString();
}

function changedMeanwhile(path: string): BackupError {
  return new BackupError('The files have changed since the preview; nothing was written', {
    code: 'configuration',
    operation: 'set up',
    path,
    hint: 'Run the command again and review the changes.',
  });
}

function noNode(): BackupError {
  return new BackupError('No Node.js found that agents can run', {
    code: 'usage',
    operation: 'find Node.js',
    hint: 'Install Node.js 20.19 or later, make sure that `node` is on the PATH, and restart VS Code.',
  });
}
