import { join, resolve } from 'node:path';
import {
  planConnection,
  applyConnectionPlan,
  type ConnectionKind,
  type ConnectionPlace,
  type ConnectionPlan,
  type Launcher,
} from '../../core/agents/index.js';
import { openProject } from '../../core/engine.js';
import { BackupError, EXIT, visible, visibleLines, type ExitCode } from '../../core/system/index.js';
import type { Command, Invocation } from '../command.js';
import { consentTo, type Consent } from '../consent.js';
import type { Console } from '../console.js';
import { wrongUsage } from '../parseInvocation.js';
import { programFolder } from '../programs.js';

export const connectCommand: Command = {
  name: 'connect',
  summary: 'have an agent’s writes backed up: Claude Code’s hook, or an MCP server behind the tap',
  arguments: 'claude|mcp',
  description:
    'claude puts a hook into .claude/settings.json, which AutoForge’s agents load too; mcp puts the feature server found in\n' +
    '.mcp.json, .vscode/mcp.json or .cursor/mcp.json behind the tap. Everything else in these files stays as it is, and\n' +
    'disconnect puts back exactly what was there.',
  subjects: ['claude', 'mcp'],
  selectors: { least: 1, most: 1 },
  options: {
    'dry-run': { type: 'boolean', description: 'show what would change, and change nothing' },
    server: { type: 'string', value: 'NAME', description: 'with mcp: the server that is meant' },
  },
  examples: [
    ['feature-backups connect claude --dry-run', 'see what it would change'],
    ['feature-backups connect claude', 'for Claude Code and AutoForge'],
    ['feature-backups connect mcp --server features', 'for an MCP client that starts the server itself'],
  ],
  async run(invocation, console) {
    const kind = kindIn(connectCommand, invocation);
    const place = await placeOf(invocation, console);
    const plan = planConnection(kind, place, launcher(), console.ports, { server: invocation.options.text('server') });
    return await carryOut(plan, invocation, console);
  },
};

export function kindIn(command: Command, { selectors: [kind] }: Invocation): ConnectionKind {
  if (kind === 'claude' || kind === 'mcp') return kind;
  throw wrongUsage(command, `Name claude or mcp, not ${String(kind)}`);
}

/** The project, which need not have a database yet: an agent is best connected before it begins. */
export async function placeOf({ project }: Invocation, { cwd, ports }: Console): Promise<ConnectionPlace> {
  try {
    return await openProject(project, { cwd, ports });
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'database-not-found') throw error;
    const root = resolve(cwd, project ?? ports.environment.PROJECT_DIR ?? '.');
    return { root, storePath: join(root, '.feature_backups') };
  }
}

/** Shows a plan, and carries it out unless it is only to be shown; asks before something is taken out. */
export async function carryOut(plan: ConnectionPlan, invocation: Invocation, console: Console): Promise<ExitCode> {
  const isDryRun = invocation.options.has('dry-run');
  const files = plan.edits.map(({ path }) => path);
  console.print(visibleLines(plan.diff));
  if (!isDryRun && files.length > 0) {
    if ((await consentToRemoval(plan, invocation, console)) === 'declined') return EXIT.refused;
    applyConnectionPlan(plan, console.ports);
  }
  console.print(`${sentence(plan, isDryRun)}${files.map((path) => `\n  ${visible(path)}`).join('')}\n`);
  console.printJson({
    action: plan.action,
    kind: plan.kind,
    isDryRun,
    isChanged: files.length > 0,
    files,
    diff: plan.diff,
  });
  return EXIT.done;
}

async function consentToRemoval(
  { action, kind, edits }: ConnectionPlan,
  invocation: Invocation,
  console: Console,
): Promise<Consent> {
  if (action === 'connect') return 'given';
  const what = kind === 'claude' ? 'the hook' : 'the tap';
  const act = {
    question: `Take ${what} out, as shown?`,
    wouldDo: `take ${what} out of ${edits.map(({ path }) => path).join(', ')}`,
    ...(edits[0] !== undefined && { path: edits[0].path }),
  };
  return await consentTo(act, invocation, console);
}

function sentence({ action, kind, edits }: ConnectionPlan, isDryRun: boolean): string {
  const what = kind === 'claude' ? 'Claude Code' : 'The feature server';
  if (edits.length === 0)
    return `${what} is ${action === 'connect' ? 'already connected' : 'not connected'}; nothing to do.`;
  if (isDryRun) return 'Nothing was changed; this would be written to';
  return `${what} is ${action === 'connect' ? 'connected' : 'no longer connected'}. Written (an agent that is running has to be started again):`;
}

/** Without PATH, which programs with a window do not have: this very Node and this very program. */
function launcher(): Launcher {
  return { node: process.execPath, script: join(programFolder(), 'feature-backups.cjs') };
}
