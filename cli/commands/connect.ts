import { join, resolve } from 'node:path';
import {
  applyConnectionPlan,
  defaultScope,
  launcherIn,
  manualEditText,
  planConnection,
  type AgentProject,
  type ConnectionKind,
  type ConnectionPlan,
  type EditableScope,
  type Launcher,
} from '../../core/agents/index.js';
import { openProject } from '../../core/engine.js';
import {
  BackupError,
  EXIT,
  stableNode,
  visible,
  visibleLines,
  type ExitCode,
  type Ports,
} from '../../core/system/index.js';
import type { Command, Invocation } from '../command.js';
import { confirm, type Consent } from '../confirm.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { programFolder } from '../programs.js';

export const connectCommand: Command = {
  name: 'connect',
  summary: 'back up before Claude Code or an MCP client writes',
  arguments: 'claude|mcp',
  description: 'Back up before an agent writes: through a Claude Code hook, or a tap in front of its MCP server.',
  subjects: ['claude', 'mcp'],
  selectors: { minArguments: 1, maxArguments: 1 },
  options: {
    'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
    server: { type: 'string', value: 'NAME', description: 'with mcp: the server to put behind the tap' },
    scope: {
      type: 'string',
      value: 'SCOPE',
      description: 'with claude: add the hook to the project, local or user settings',
    },
  },
  examples: [
    ['feature-backups connect claude --dry-run', 'preview only'],
    ['feature-backups connect claude', 'for Claude Code and AutoForge'],
    ['feature-backups connect mcp --server features', 'for the server "features" of an MCP client'],
  ],
  async run(invocation, console) {
    const kind = parseKind(connectCommand, invocation);
    const scope = parseScope(connectCommand, invocation);
    const project = await findAgentProject(invocation, console);
    const plan = planConnection(kind, project, launcher(console.ports), console.ports, {
      server: invocation.options.text('server'),
      scope: scope ?? (kind === 'claude' ? await defaultScope(project.root, console.ports) : undefined),
    });
    const isChosen = kind === 'mcp' || scope !== undefined || plan.edits.length === 0;
    return await carryOut(plan, invocation, console, isChosen ? [] : [OTHER_SCOPES]);
  },
};

const OTHER_SCOPES = 'To choose another file, use --scope project, local or user.';

export function parseScope(command: Command, { selectors: [kind], options }: Invocation): EditableScope | undefined {
  const scope = options.text('scope');
  if (scope === undefined) return undefined;
  if (kind !== 'claude') throw wrongUsage(command, '--scope works only with claude');
  if (scope === 'project' || scope === 'local' || scope === 'user') return scope;
  throw wrongUsage(command, `Expected project, local or user as the scope, not ${scope}`);
}

export function parseKind(command: Command, { selectors: [kind] }: Invocation): ConnectionKind {
  if (kind === 'claude' || kind === 'mcp') return kind;
  throw wrongUsage(command, `Expected claude or mcp, not ${String(kind)}`);
}

/** The project may have no database yet: an agent is best connected before its first run. */
export async function findAgentProject({ project }: Invocation, { cwd, ports }: Console): Promise<AgentProject> {
  try {
    return await openProject(project, { cwd, ports });
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found') throw error;
    const root = resolve(cwd, project ?? ports.environment.PROJECT_DIR ?? '.');
    return { root, storePath: join(root, '.feature_backups') };
  }
}

/** Shows a plan and carries it out, except in a dry run. Asks before removing something. */
export async function carryOut(
  plan: ConnectionPlan,
  invocation: Invocation,
  console: Console,
  hints: readonly string[] = [],
): Promise<ExitCode> {
  const isDryRun = invocation.options.has('dry-run');
  const files = plan.edits.map(({ path }) => path);
  console.print(visibleLines(plan.diff));
  if (!isDryRun) {
    if (files.length > 0 && (await consentToRemoval(plan, invocation, console)) === 'declined') return EXIT.refused;
    applyConnectionPlan(plan, console.ports);
  }
  const named = files.length > 0 ? files : plan.connectedFiles;
  console.print(`${sentence(plan, isDryRun)}${named.map((path) => `\n  ${visible(path)}`).join('')}\n`);
  for (const line of [...plan.notes, ...hints]) console.print(`${visible(line)}\n`);
  for (const edit of plan.manualEdits) console.print(`${visibleLines(manualEditText(edit))}\n`);
  console.printJson({
    action: plan.action,
    kind: plan.kind,
    isDryRun,
    isChanged: files.length > 0,
    files,
    diff: plan.diff,
    manualEdits: plan.manualEdits,
    notes: plan.notes,
    warnings: plan.warnings,
  });
  for (const warning of plan.warnings) console.ports.onWarning?.(warning);
  return EXIT.done;
}

async function consentToRemoval(
  { action, kind, edits }: ConnectionPlan,
  invocation: Invocation,
  console: Console,
): Promise<Consent> {
  if (action === 'connect') return 'given';
  const what = kind === 'claude' ? 'the hook' : 'the tap';
  const removal = {
    question: `Remove ${what} as shown?`,
    wouldDo: `remove ${what} from ${edits.map(({ path }) => path).join(', ')}`,
    ...(edits[0] !== undefined && { path: edits[0].path }),
  };
  return await confirm(removal, invocation, console);
}

function sentence({ action, kind, edits, manualEdits, obstacles }: ConnectionPlan, isDryRun: boolean): string {
  const what = kind === 'claude' ? 'Claude Code' : 'The feature server';
  if (edits.length > 0) {
    if (isDryRun) return 'Would change:';
    if (obstacles.length > 0) return `${what} does not run the hook yet. Changed:`;
    return `${what} is ${action === 'connect' ? 'connected' : 'disconnected'}; restart running agents. Changed:`;
  }
  if (manualEdits.length > 0) return 'Nothing was changed.';
  if (obstacles.length > 0) return `${what} does not run the hook; nothing was changed.`;
  return `${what} is ${action === 'connect' ? 'already connected' : 'not connected'}; nothing to do.`;
}

/** Absolute paths, because graphical programs do not have the shell's PATH. */
function launcher(ports: Ports): Launcher {
  return launcherIn(programFolder(), stableNode(process.execPath, ports));
}
