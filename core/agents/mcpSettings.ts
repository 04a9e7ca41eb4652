import { asRecord, isRecord } from '../system/index.js';
import { parseJsonText, removeElement, setAt } from './jsonText.js';
import type { Launcher } from './connection.js';

/** The files in which MCP clients configure a project's servers, and the keys in them. */
export const MCP_SETTINGS: readonly { readonly file: string; readonly key: string }[] = [
  { file: '.mcp.json', key: 'mcpServers' },
  { file: '.vscode/mcp.json', key: 'servers' },
  { file: '.cursor/mcp.json', key: 'mcpServers' },
];

export interface ServerEntry {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly hasArgs: boolean;
  /** Already behind the tap. */
  readonly isWrapped: boolean;
  /** The options of its tap, except the project. */
  readonly tapOptions: readonly string[];
  /** Where the client lets it work, as written. */
  readonly folder: ServerFolder | undefined;
}

/** The project's folder is exactly `PROJECT_DIR`, or at or above the working directory. */
export interface ServerFolder {
  readonly source: 'PROJECT_DIR' | 'cwd';
  readonly path: string;
}

/** The feature servers of a file, or the named server. Throws `configuration`. */
export function findServers(text: string, path: string, key: string, named?: string): readonly ServerEntry[] {
  const servers = parseJsonText(text, path).value[key];
  if (!isRecord(servers)) return [];
  return Object.entries(servers).flatMap(([name, entry]) => {
    if (!isRecord(entry) || typeof entry.command !== 'string') return [];
    const args = Array.isArray(entry.args) ? entry.args.map(String) : [];
    const end = endOfTap(args);
    const isWrapped = end !== undefined;
    const startsFeatureServer = [entry.command, ...args].some((word) => /\bfeature_mcp\b/.test(word));
    const isRequested = named === undefined ? startsFeatureServer || isWrapped : name === named;
    if (!isRequested) return [];
    const tapOptions = withoutProject(args.slice(2, end ?? 2));
    const hasArgs = Array.isArray(entry.args);
    return [{ name, command: entry.command, args, hasArgs, isWrapped, tapOptions, folder: folderOf(entry) }];
  });
}

function folderOf({ env, cwd }: Readonly<Record<string, unknown>>): ServerFolder | undefined {
  const { PROJECT_DIR: served } = asRecord(env);
  if (typeof served === 'string' && served !== '') return { source: 'PROJECT_DIR', path: served };
  return typeof cwd === 'string' && cwd !== '' ? { source: 'cwd', path: cwd } : undefined;
}

/** How to start the tap of a server. */
export interface TapStart {
  readonly launcher: Launcher;
  /** The project whose settings these are. */
  readonly root: string;
  readonly options: readonly string[];
}

/** Puts a server behind the tap. Its arguments and the comments among them are preserved. */
export function wrapServer(text: string, key: string, server: ServerEntry, start: TapStart): string {
  const at = [key, server.name];
  const added = [...tapArguments(server, start), server.command];
  const result = setAt(text, [...at, 'command'], start.launcher.node);
  if (!server.hasArgs) return setAt(result, [...at, 'args'], added);
  return added.reduce((current, argument, index) => setAt(current, [...at, 'args', index], argument, true), result);
}

/** Whether the server is behind exactly this tap. */
export function isWrappedBy(server: ServerEntry, start: TapStart): boolean {
  const isStarted = server.command === start.launcher.node;
  return isStarted && tapArguments(server, start).every((argument, index) => server.args[index] === argument);
}

/** The project is named only if the entry does not say where its server works: a path is wrong in a copy or a clone. */
function tapArguments({ folder }: ServerEntry, { launcher, root, options }: TapStart): readonly string[] {
  const project = folder === undefined ? ['--project', root] : [];
  return [launcher.script, 'tap', ...project, ...options, '--'];
}

function withoutProject(options: readonly string[]): readonly string[] {
  return options.filter((option, at) => !option.startsWith('--project') && options[at - 1] !== '--project');
}

/** Restores the direct start of a server. */
export function unwrapServer(text: string, key: string, server: ServerEntry): string {
  const end = endOfTap(server.args);
  const command = end === undefined ? undefined : server.args[end + 1];
  if (end === undefined || command === undefined) return text;
  const at = [key, server.name];
  const result = setAt(text, [...at, 'command'], command);
  // Element by element, to preserve comments among the rest.
  const removed = Array.from({ length: end + 2 });
  return removed.reduce<string>((current) => removeElement(current, [...at, 'args'], 0), result);
}

/** The index of the tap's `--` among a server's arguments. */
function endOfTap(args: readonly string[]): number | undefined {
  const [script, command] = args;
  const end = args.indexOf('--');
  const isOwn = script !== undefined && /feature-backups[^/\\]*$/.test(script) && command === 'tap';
  return isOwn && end !== -1 && end + 1 < args.length ? end : undefined;
}
