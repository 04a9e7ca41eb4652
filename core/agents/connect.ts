import { dirname, join, relative } from 'node:path';
import { BackupError, sha256Of, type Ports } from '../system/index.js';
import { editablePath } from '../project/index.js';
import { CLAUDE_SETTINGS, hasHook, withHook, withoutHook } from './claudeSettings.js';
import { findServers, MCP_SETTINGS, isWrappedBy, unwrapServer, wrapServer } from './mcpSettings.js';
import { readSettings, removeEmptyFolder, writeSettings } from './settingsFile.js';
import type { Connection, ConnectionKind, AgentProject, ConnectionPlan, FileEdit, Launcher } from './connection.js';
import { UndoRecords, type UndoRecord } from './undoRecords.js';
import { unifiedDiff } from './unifiedDiff.js';
import { warnOfUnprotected } from './unprotectedServers.js';

export interface ConnectOptions {
  /** The name of the MCP server, needed if its command is not recognized. */
  readonly server?: string | undefined;
}

/** Plans a connection. Throws `configuration` if a file cannot be edited or no server is found. */
export function planConnection(
  kind: ConnectionKind,
  project: AgentProject,
  launcher: Launcher,
  ports: Pick<Ports, 'files'>,
  options: ConnectOptions = {},
): ConnectionPlan {
  const { root } = project;
  if (kind === 'claude') {
    const path = join(root, CLAUDE_SETTINGS);
    // Checked before the preview: the file's folder may be a link that points outside the project.
    editablePath(path, [root], ports);
    const before = readSettings(root, path, ports.files);
    return buildPlan(kind, 'connect', project, [{ path, before, after: withHook(before, path, launcher) }], []);
  }
  const files = readMcpFiles(root, ports, options.server);
  if (files.every(({ servers }) => servers.length === 0)) throw noServer(root, options.server);
  const edits = files.map(({ path, before, servers }) => ({
    path,
    before,
    after: servers.reduce((text, server) => {
      const start = { launcher, root, options: server.tapOptions };
      if (isWrappedBy(server, start)) return text;
      // Wrapped again, because the tap's program may have moved.
      const direct = server.isWrapped ? unwrapServer(text, server) : text;
      const [found] = findServers(direct, path, [server.keys.slice(0, -1)], server.name);
      return found === undefined ? text : wrapServer(direct, found, start);
    }, before),
  }));
  const warnings = files.flatMap(({ path, servers }) =>
    warnOfUnprotected(relative(root, path), servers, project, ports),
  );
  return buildPlan(kind, 'connect', project, edits, warnings);
}

/** Plans a disconnection. An unedited file is restored exactly; from an edited one, only the added parts are removed. */
export function planDisconnection(kind: ConnectionKind, project: AgentProject, ports: Ports): ConnectionPlan {
  const records = new UndoRecords(project, ports);
  const edits = connectionsOf(kind, project.root, ports).map(({ path }) => {
    const before = readSettings(project.root, path, ports.files) ?? '';
    const record = records.get(path);
    const isUnedited = record?.afterSha256 === hashOf(before);
    const after = isUnedited ? (record.before ?? undefined) : withoutOurEntries(kind, before, path, project.root);
    return { path, before, after };
  });
  return buildPlan(kind, 'disconnect', project, uniqueByPath(edits), []);
}

/** Applies a plan. Throws if a file has changed since. */
export function applyConnectionPlan({ kind, action, project, edits }: ConnectionPlan, ports: Ports): void {
  const records = new UndoRecords(project, ports);
  for (const edit of edits) {
    const known = records.get(edit.path);
    if (action === 'connect') {
      const record = undoRecordOf(kind, project, edit, known);
      // The record first, because disconnecting needs it to restore the file exactly.
      records.put(record);
      const createdFolder = writeSettings(project.root, edit, ports.files);
      if (createdFolder) records.put({ ...record, madeFolder: createdFolder });
    } else {
      writeSettings(project.root, edit, ports.files);
      if (edit.after === undefined && known?.madeFolder === true) removeEmptyFolder(dirname(edit.path), ports.files);
      records.remove(edit.path);
    }
  }
}

/** The connected agents of a project. Unreadable settings count as not connected. */
export function readConnections(root: string, ports: Pick<Ports, 'files'>): readonly Connection[] {
  return (['claude', 'mcp'] as const).flatMap((kind) => {
    try {
      return connectionsOf(kind, root, ports);
    } catch (error) {
      if (error instanceof BackupError) return [];
      throw error;
    }
  });
}

function connectionsOf(kind: ConnectionKind, root: string, ports: Pick<Ports, 'files'>): readonly Connection[] {
  if (kind === 'claude') {
    const path = join(root, CLAUDE_SETTINGS);
    const text = readSettings(root, path, ports.files);
    return text !== undefined && hasHook(text, path) ? [{ kind, path, server: undefined }] : [];
  }
  return readMcpFiles(root, ports).flatMap(({ path, servers }) =>
    servers.filter(({ isWrapped }) => isWrapped).map(({ name }) => ({ kind, path, server: name })),
  );
}

function readMcpFiles(root: string, ports: Pick<Ports, 'files'>, server?: string) {
  return MCP_SETTINGS.flatMap(({ file, keys }) => {
    const path = join(root, file);
    const before = readSettings(root, path, ports.files);
    return before === undefined ? [] : [{ path, keys, before, servers: findServers(before, path, keys, server) }];
  });
}

function withoutOurEntries(kind: ConnectionKind, text: string, path: string, root: string): string {
  if (kind === 'claude') return withoutHook(text, path);
  const keys = MCP_SETTINGS.find(({ file }) => join(root, file) === path)?.keys ?? [];
  return findServers(text, path, keys)
    .filter(({ isWrapped }) => isWrapped)
    .reduce((current, server) => unwrapServer(current, server), text);
}

function buildPlan(
  kind: ConnectionKind,
  action: ConnectionPlan['action'],
  project: AgentProject,
  candidates: readonly FileEdit[],
  warnings: readonly string[],
): ConnectionPlan {
  const edits = candidates.filter(({ before, after }) => before !== after);
  const diff = edits
    .map(({ path, before, after }) => unifiedDiff(relative(project.root, path), before, after))
    .join('');
  return { kind, action, project, edits, diff, warnings };
}

/** After several connections, the original is the text before the first one, and never includes a hook installed by 0.1.0. */
function undoRecordOf(
  kind: ConnectionKind,
  { root }: AgentProject,
  { path, before, after }: FileEdit,
  known: UndoRecord | undefined,
): UndoRecord {
  const isUnedited = known !== undefined && before !== undefined && known.afterSha256 === hashOf(before);
  const cleaned = before === undefined ? null : withoutOurEntries(kind, before, path, root);
  return {
    path,
    before: isUnedited ? known.before : cleaned,
    afterSha256: hashOf(after ?? ''),
    madeFolder: isUnedited && known.madeFolder,
  };
}

function uniqueByPath(edits: readonly FileEdit[]): readonly FileEdit[] {
  return edits.filter(({ path }, index) => edits.findIndex((other) => other.path === path) === index);
}

function hashOf(text: string): string {
  return sha256Of(Buffer.from(text));
}

function noServer(root: string, named: string | undefined): BackupError {
  const places = MCP_SETTINGS.map(({ file }) => file).join(', ');
  const what = named === undefined ? 'No feature server' : `No server named ${named} that is started by a command`;
  return new BackupError(`${what} was found in ${places} of ${root}`, {
    code: 'configuration',
    operation: 'connect the feature server',
    path: root,
    hint: 'A feature server is recognized by "feature_mcp" in its command. Specify any other server with --server.',
  });
}
