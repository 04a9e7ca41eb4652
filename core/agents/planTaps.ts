import { join } from 'node:path';
import { BackupError, type Ports } from '../system/index.js';
import { buildPlan, displayPath, type FindOriginal } from './buildPlan.js';
import { claudeStateFile } from './claudeScopes.js';
import type { AgentProject, ConnectionPlan, FileEdit, Launcher, ManualEdit } from './connection.js';
import {
  directCommand,
  findServers,
  isWrappedBy,
  MCP_SETTINGS,
  tappedCommand,
  unwrapServer,
  wrapServer,
} from './mcpSettings.js';
import { orNone, readSettings } from './settingsFile.js';
import { warnOfUnprotected } from './unprotectedServers.js';
import { findUserServers, type UserServer } from './userServers.js';

/** Puts the feature servers, or the named one, behind the tap. */
export function planTaps(
  project: AgentProject,
  launcher: Launcher,
  named: string | undefined,
  ports: Ports,
): ConnectionPlan {
  const { root } = project;
  const files = readMcpFiles(root, ports, named);
  const userServers = findUserServers(root, ports, named);
  if (userServers.length === 0 && files.every(({ servers }) => servers.length === 0))
    throw noServer(root, named, ports);
  const edits = files.map(({ path, before, servers }) => ({
    path,
    within: root,
    before,
    after: servers.reduce((text, server) => {
      const start = { launcher, root, options: server.tapOptions };
      if (isWrappedBy(server, start)) return text;
      // Unwraps and wraps again, because the tap's program may have moved.
      const direct = server.isWrapped ? unwrapServer(text, server) : text;
      const [unwrapped] = findServers(direct, path, [server.keys.slice(0, -1)], server.name);
      return unwrapped === undefined ? text : wrapServer(direct, unwrapped, start);
    }, before),
  }));
  const manualEdits = userServers.flatMap(({ path, server, root: served }) => {
    const start = { launcher, root: served, options: server.tapOptions };
    return isWrappedBy(server, start) ? [] : [manualEdit(path, server, tappedCommand(server, start))];
  });
  const allFiles = [...files, ...userServers.map(({ path, server }) => ({ path, servers: [server] }))];
  return buildPlan(
    {
      kind: 'mcp',
      action: 'connect',
      project,
      edits,
      manualEdits,
      connectedFiles: allFiles.flatMap(({ path, servers }) =>
        servers.some(({ isWrapped }) => isWrapped) ? [path] : [],
      ),
      warnings: allFiles.flatMap(({ path, servers }) =>
        warnOfUnprotected(displayPath(path, project), servers, project, ports),
      ),
    },
    ports,
  );
}

/** The names of a project's feature servers. Ignores unreadable settings. */
export function findFeatureServers(root: string, ports: Ports): readonly string[] {
  const inProject = orNone(() => readMcpFiles(root, ports).flatMap(({ servers }) => servers));
  return [...inProject, ...findUserServers(root, ports).map(({ server }) => server)].map(({ name }) => name);
}

/** Removes the taps, so clients start the servers directly. */
export function planTapRemoval(project: AgentProject, originalOf: FindOriginal, ports: Ports): ConnectionPlan {
  const { root } = project;
  const edits = readMcpFiles(root, ports)
    .filter(({ servers }) => servers.some(({ isWrapped }) => isWrapped))
    .map(({ path, before }): FileEdit => {
      const after = originalOf(path, before, withoutOurTaps(before, path, root));
      return { path, within: root, before, after };
    });
  const manualEdits = findUserServers(root, ports)
    .filter(({ server }) => server.isWrapped)
    .map(({ path, server }) => manualEdit(path, server, directCommand(server)));
  return buildPlan({ kind: 'mcp', action: 'disconnect', project, edits, manualEdits }, ports);
}

/** Settings without our taps. */
export function withoutOurTaps(text: string, path: string, root: string): string {
  const keys = MCP_SETTINGS.find(({ file }) => join(root, file) === path)?.keys ?? [];
  return findServers(text, path, keys)
    .filter(({ isWrapped }) => isWrapped)
    .reduce((current, server) => unwrapServer(current, server), text);
}

function readMcpFiles(root: string, ports: Pick<Ports, 'files'>, named?: string) {
  return MCP_SETTINGS.flatMap(({ file, keys }) => {
    const path = join(root, file);
    const before = readSettings(root, path, ports.files);
    return before === undefined ? [] : [{ path, before, servers: findServers(before, path, keys, named) }];
  });
}

function manualEdit(
  path: string,
  { name, keys }: UserServer['server'],
  [command, ...args]: readonly [string, ...string[]],
): ManualEdit {
  return { path, keys, server: name, command, args };
}

function noServer(root: string, named: string | undefined, { environment }: Ports): BackupError {
  const places = [...MCP_SETTINGS.map(({ file }) => file), claudeStateFile(environment)];
  const what = named === undefined ? 'No feature server' : `No server named ${named} that is started by a command`;
  return new BackupError(
    `${what} was found in ${root}. Searched: ${places.flatMap((place) => place ?? []).join(', ')}`,
    {
      code: 'configuration',
      operation: 'connect the feature server',
      path: root,
      hint: 'A feature server is recognized by "feature_mcp" in its command. Specify any other server with --server.',
    },
  );
}
