import { join, resolve } from 'node:path';
import type { Ports } from '../system/index.js';
import { claudeScopeFiles } from './claudeScopes.js';
import { allHookCommands } from './claudeSettings.js';
import type { ConnectionScope } from './connection.js';
import { findServers, MCP_SETTINGS, type ServerEntry } from './mcpSettings.js';
import { findPluginHooks } from './pluginHooks.js';
import { orNone, readForeignSettings, readSettings } from './settingsFile.js';
import { findUserServers } from './userServers.js';

/** Our hook, as written in the settings of Claude Code. */
export interface WrittenHook {
  readonly kind: 'claude';
  /** The settings file. */
  readonly path: string;
  readonly event: string;
  /** For the shell. */
  readonly command: string;
}

/** The tap of an MCP server, as written in the settings of a client. */
export interface WrittenTap {
  readonly kind: 'mcp';
  readonly path: string;
  readonly server: string;
  /** The program and arguments of the tap, up to the `--` before the server's command. */
  readonly start: readonly [program: string, ...args: string[]];
  /** The variables that the client adds. */
  readonly environment: Readonly<Record<string, string>>;
  /** The server's working folder; undefined if a variable of the client names it. */
  readonly folder: string | undefined;
}

/** All connections that the settings of a project and its user contain. Unreadable settings count as not connected. */
export function readWrittenConnections(root: string, ports: Ports): readonly (WrittenHook | WrittenTap)[] {
  const hookFiles = [...claudeScopeFiles(root, ports), ...findPluginHooks(root, ports)];
  return [...hookFiles.flatMap(({ path }) => readHooks(path, ports)), ...readTaps(root, ports)];
}

function readHooks(path: string, ports: Ports): readonly WrittenHook[] {
  const hooks = orNone(() => allHookCommands(readForeignSettings(path, ports) ?? '', path));
  return hooks.map((hook) => ({ kind: 'claude', path, ...hook }));
}

function readTaps(root: string, ports: Ports): readonly WrittenTap[] {
  return readTappedServers(root, ports).map(({ path, server }) => tapOf(path, server, root));
}

/** An MCP server behind the tap, with the settings file that contains it. */
export interface TappedServer {
  readonly scope: ConnectionScope;
  readonly path: string;
  readonly server: ServerEntry;
}

/** The servers behind the tap in the settings of a project and its user. Unreadable settings contain none. */
export function readTappedServers(root: string, ports: Ports): readonly TappedServer[] {
  const inProject = MCP_SETTINGS.flatMap(({ file, keys }) => {
    const path = join(root, file);
    const servers = orNone(() => findServers(readSettings(root, path, ports.files) ?? '', path, keys));
    return servers.map((server) => ({ scope: 'project' as const, path, server }));
  });
  return [...inProject, ...findUserServers(root, ports)].filter(({ server }) => server.isWrapped);
}

function tapOf(path: string, { name, command, args, environment, folder }: ServerEntry, root: string): WrittenTap {
  const place = folder?.source === 'cwd' ? resolve(root, inRoot(folder.path, root)) : root;
  const variables = Object.entries(environment).map(([key, value]) => [key, inRoot(value, root)] as const);
  const start = args.slice(0, args.indexOf('--')).map((argument) => inRoot(argument, root));
  return {
    kind: 'mcp',
    path,
    server: name,
    start: [inRoot(command, root), ...start],
    environment: Object.fromEntries(variables),
    folder: place.includes('${') ? undefined : place,
  };
}

function inRoot(text: string, root: string): string {
  return text.replaceAll('${workspaceFolder}', root);
}
