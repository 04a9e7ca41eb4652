import { resolve } from 'node:path';
import { realPath } from '../project/index.js';
import type { Ports } from '../system/index.js';
import { displayPath } from './buildPlan.js';
import type { AgentProject, ConnectionKind, ConnectionObstacle } from './connection.js';
import { findDisabledHooks } from './hookObstacles.js';
import { isMcpSettings } from './mcpSettings.js';
import { findMissingProgram, splitCommand } from './programStart.js';
import { connectedFiles } from './undoRecords.js';
import { readWrittenConnections, type WrittenHook, type WrittenTap } from './writtenConnections.js';

/** A connection that makes no backups of its project. */
export interface BrokenConnection {
  readonly kind: ConnectionKind;
  /** The settings file. */
  readonly path: string;
  /** The MCP server's name there. */
  readonly server: string | undefined;
  /** Whether `connect` made it on this computer; false if the settings came with a clone or a copy. */
  readonly isMadeHere: boolean;
  /** What is wrong, without a full stop. */
  readonly problem: string;
  /** What to do about it, without a full stop. */
  readonly advice: string;
}

/** Finds connections that would not run, or that name another project. Reads only settings, and starts no program. */
export function findBrokenConnections(project: AgentProject, ports: Ports): readonly BrokenConnection[] {
  const written = readWrittenConnections(project.root, ports);
  const made = new Set(connectedFiles(project, ports));
  const hasHook = written.some(({ kind }) => kind === 'claude');
  const disabled = hasHook ? findDisabledHooks(project.root, ports) : undefined;
  const broken = written.flatMap((connection) => {
    const problem = findProblem(connection, project, disabled, ports);
    if (problem === undefined) return [];
    const { kind, path } = connection;
    const server = connection.kind === 'mcp' ? connection.server : undefined;
    return [{ kind, path, server, isMadeHere: made.has(path), ...problem }];
  });
  const removed = [...made]
    .filter((path) => !written.some((connection) => connection.path === path))
    .map((path) => removedConnection(path, project));
  return withoutDuplicates([...broken, ...removed]);
}

type Problem = Pick<BrokenConnection, 'problem' | 'advice'>;

function findProblem(
  connection: WrittenHook | WrittenTap,
  project: AgentProject,
  disabled: ConnectionObstacle | undefined,
  ports: Ports,
): Problem | undefined {
  const { kind, path } = connection;
  const what = connection.kind === 'claude' ? 'The hook' : `The tap of the server "${connection.server}"`;
  const subject = `${what} in ${displayPath(path, project)}`;
  const words = connection.kind === 'claude' ? splitCommand(connection.command) : connection.start;
  const missing = findMissingProgram(words, connection.kind === 'claude' ? 'hook' : 'tap', ports);
  if (missing !== undefined)
    return { problem: `${subject} starts ${missing}, which does not exist`, advice: reconnectAdvice(kind) };
  const named = namedProject(words, project.root);
  if (named !== undefined && realPath(named, ports) !== realPath(project.root, ports))
    return { problem: `${subject} names another project, ${named}`, advice: reconnectAdvice(kind) };
  if (connection.kind === 'mcp' || disabled === undefined) return undefined;
  return { problem: disabled.message, advice: disabled.hint };
}

function reconnectAdvice(kind: ConnectionKind): string {
  return `Run feature-backups connect ${kind}`;
}

function removedConnection(path: string, project: AgentProject): BrokenConnection {
  const kind = isMcpSettings(path, project.root) ? 'mcp' : 'claude';
  const what = kind === 'mcp' ? 'The tap' : 'The hook of Claude Code';
  return {
    kind,
    path,
    server: undefined,
    isMadeHere: true,
    problem: `${what} is no longer in ${displayPath(path, project)}`,
    advice: `${reconnectAdvice(kind)} to add it again, or feature-backups disconnect ${kind} if you removed it on purpose`,
  };
}

function namedProject(words: readonly string[], root: string): string | undefined {
  const at = words.indexOf('--project');
  const named = words[at + 1];
  return at === -1 || named === undefined || named.includes('$') ? undefined : resolve(root, named);
}

/** A broken hook has the same problem for each of its events. */
function withoutDuplicates(all: readonly BrokenConnection[]): readonly BrokenConnection[] {
  return all.filter(
    ({ path, server, problem }, index) =>
      all.findIndex((other) => other.path === path && other.server === server && other.problem === problem) === index,
  );
}
