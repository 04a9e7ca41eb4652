import type { Ports } from '../system/index.js';
import { claudeScopeFiles, readHookCommands } from './claudeScopes.js';
import type { Connection, ConnectionKind, ConnectionObstacle } from './connection.js';
import { findDisabledHooks } from './hookObstacles.js';
import type { ServerEntry } from './mcpSettings.js';
import { findPluginHooks } from './pluginHooks.js';
import { findMissingProgram, splitCommand } from './programStart.js';
import { readTappedServers } from './writtenConnections.js';

/** The connections of a project, including those that do not run. Unreadable settings count as not connected. */
export function readConnections(root: string, ports: Ports): readonly Connection[] {
  return [...readHooks(root, ports), ...readTaps(root, ports)];
}

/** The hooks of Claude Code in a project. */
export function readHooks(root: string, ports: Ports): readonly Connection[] {
  const kind: ConnectionKind = 'claude';
  const inSettings = claudeScopeFiles(root, ports).flatMap(({ scope, path }) => {
    const [command] = readHookCommands(path, ports);
    if (command === undefined) return [];
    return [
      { kind, scope, path, server: undefined, obstacle: programObstacle(path, splitCommand(command), 'hook', ports) },
    ];
  });
  const inPlugins = findPluginHooks(root, ports).map(
    ({ path }) => ({ kind, scope: 'plugin', path, server: undefined, obstacle: undefined }) as const,
  );
  const hooks = [...inSettings, ...inPlugins];
  if (hooks.length === 0) return [];
  const disabled = findDisabledHooks(root, ports);
  return hooks.map((hook) => ({ ...hook, obstacle: disabled ?? hook.obstacle }));
}

function readTaps(root: string, ports: Ports): readonly Connection[] {
  const kind: ConnectionKind = 'mcp';
  return readTappedServers(root, ports).map(({ scope, path, server }) => ({
    kind,
    scope,
    path,
    server: server.name,
    obstacle: tapObstacle(path, server, ports),
  }));
}

function tapObstacle(path: string, { command, args }: ServerEntry, ports: Ports): ConnectionObstacle | undefined {
  return programObstacle(path, [command, ...args], 'tap', ports);
}

function programObstacle(
  path: string,
  words: readonly string[],
  subcommand: string,
  ports: Ports,
): ConnectionObstacle | undefined {
  const missing = findMissingProgram(words, subcommand, ports);
  if (missing === undefined) return undefined;
  return {
    code: 'program-missing',
    path: missing,
    message: `${path} starts ${missing}, which does not exist`,
    hint: 'Connect the agent again',
  };
}
