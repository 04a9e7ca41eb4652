import { join } from 'node:path';
import { asRecord, isRecord } from '../system/index.js';
import { parseJsonText, removeElement, setAt } from './jsonText.js';
import type { Launcher } from './connection.js';
import { findSubcommand, startWords } from './programStart.js';

/** The paths of keys under which a settings file lists servers. */
export type ServerKeys = readonly (readonly string[])[];

/** The files in which MCP clients configure a project's servers. */
export const MCP_SETTINGS: readonly { readonly file: string; readonly keys: ServerKeys }[] = [
  { file: '.mcp.json', keys: [['mcpServers'], ['servers']] },
  { file: '.vscode/mcp.json', keys: [['servers']] },
  { file: '.vscode/settings.json', keys: [['mcp', 'servers']] },
  { file: '.cursor/mcp.json', keys: [['mcpServers']] },
  { file: '.gemini/settings.json', keys: [['mcpServers']] },
  { file: '.roo/mcp.json', keys: [['mcpServers']] },
];

export function isMcpSettings(path: string, root: string): boolean {
  return MCP_SETTINGS.some(({ file }) => join(root, file) === path);
}

export interface ServerEntry {
  readonly name: string;
  /** The keys that lead to the entry in its file. */
  readonly keys: readonly string[];
  readonly command: string;
  readonly args: readonly string[];
  readonly hasArgs: boolean;
  /** Already behind the tap. */
  readonly isWrapped: boolean;
  /** The options of its tap, except the project. */
  readonly tapOptions: readonly string[];
  /** The folder that it works in, as written in the entry. */
  readonly folder: ServerFolder | undefined;
  /** The variables that the client adds to its environment. */
  readonly environment: Readonly<Record<string, string>>;
}

/** The project's folder is exactly `PROJECT_DIR`, or at or above the working directory. */
export interface ServerFolder {
  readonly source: 'PROJECT_DIR' | 'cwd';
  readonly path: string;
}

/** The feature servers of a file, or the named server. Throws `configuration`. */
export function findServers(text: string, path: string, keys: ServerKeys, named?: string): readonly ServerEntry[] {
  // Some of these files also configure other things. One that is invalid and has no feature server is not an error.
  if (named === undefined && !text.includes('feature')) return [];
  return findServersIn(parseJsonText(text, path).value, keys, named);
}

/** Like `findServers`, for parsed settings. */
export function findServersIn(settings: unknown, keys: ServerKeys, named?: string): readonly ServerEntry[] {
  return keys.flatMap((place) => serversAt(settings, place, named));
}

function serversAt(settings: unknown, place: readonly string[], named: string | undefined): readonly ServerEntry[] {
  const servers = place.reduce<unknown>((value, key) => (isRecord(value) ? value[key] : undefined), settings);
  return Object.entries(asRecord(servers)).flatMap(([name, entry]) => {
    if (!isRecord(entry) || typeof entry.command !== 'string') return [];
    const args = Array.isArray(entry.args) ? entry.args.map(String) : [];
    const words = [entry.command, ...args];
    const tap = findTap(words);
    const isWrapped = tap !== undefined;
    const startsFeatureServer = words.some((word) => /\bfeature_mcp\b/.test(word));
    const isRequested = named === undefined ? startsFeatureServer || isWrapped : name === named;
    if (!isRequested) return [];
    const tapOptions = tap === undefined ? [] : withoutProject(words.slice(tap.start + 1, tap.end));
    const hasArgs = Array.isArray(entry.args);
    const keys = [...place, name];
    return [{ name, keys, command: entry.command, args, hasArgs, isWrapped, tapOptions, ...placeOf(entry) }];
  });
}

function placeOf(entry: Readonly<Record<string, unknown>>): Pick<ServerEntry, 'folder' | 'environment'> {
  const variables = Object.entries(asRecord(entry.env)).filter(([, value]) => typeof value === 'string');
  return { folder: folderOf(entry), environment: Object.fromEntries(variables) as Record<string, string> };
}

function folderOf({ env, cwd }: Readonly<Record<string, unknown>>): ServerFolder | undefined {
  const { PROJECT_DIR: served } = asRecord(env);
  if (typeof served === 'string' && served !== '') return { source: 'PROJECT_DIR', path: served };
  return typeof cwd === 'string' && cwd !== '' ? { source: 'cwd', path: cwd } : undefined;
}

/** How to start the tap of a server. */
export interface TapStart {
  readonly launcher: Launcher;
  /** The project whose settings these are. Undefined if they apply to all projects. */
  readonly root: string | undefined;
  readonly options: readonly string[];
}

/** Puts a server behind the tap. Its arguments and the comments among them are preserved. */
export function wrapServer(text: string, server: ServerEntry, start: TapStart): string {
  const at = [...server.keys];
  const [command, ...tapArguments] = tapWords(server, start);
  const added = [...tapArguments, server.command];
  const result = setAt(text, [...at, 'command'], command);
  if (!server.hasArgs) return setAt(result, [...at, 'args'], added);
  return added.reduce((current, argument, index) => setAt(current, [...at, 'args', index], argument, true), result);
}

/** Whether the server is behind exactly this tap, or behind a hand-written one that is found through PATH. */
export function isWrappedBy({ command, args, folder }: ServerEntry, start: TapStart): boolean {
  const words = [command, ...args];
  const tap = findTap(words);
  if (tap === undefined) return false;
  if (!words.slice(0, tap.start).some((word) => /[/\\]/.test(word))) return true;
  return tapWords({ folder }, start).every((word, index) => words[index] === word);
}

/** Names the project only if the entry sets no folder, because a path would be wrong in a copy or a clone. */
function tapWords(
  { folder }: Pick<ServerEntry, 'folder'>,
  { launcher, root, options }: TapStart,
): readonly [string, ...string[]] {
  const project = folder === undefined && root !== undefined ? ['--project', root] : [];
  return [...startWords(launcher), 'tap', ...project, ...options, '--'];
}

function withoutProject(options: readonly string[]): readonly string[] {
  return options.filter((option, at) => !option.startsWith('--project') && options[at - 1] !== '--project');
}

/** The words that start a server behind the tap. */
export function tappedCommand(server: ServerEntry, start: TapStart): readonly [string, ...string[]] {
  const [first, ...words] = tapWords(server, start);
  return [first, ...words, ...directCommand(server)];
}

/** The words that start a server without the tap. */
export function directCommand({ command, args }: ServerEntry): readonly [string, ...string[]] {
  const words = [command, ...args];
  const tap = findTap(words);
  const [first = command, ...others] = tap === undefined ? words : words.slice(tap.end + 1);
  return [first, ...others];
}

/** Restores the direct start of a server. */
export function unwrapServer(text: string, server: ServerEntry): string {
  const words = [server.command, ...server.args];
  const tap = findTap(words);
  const command = tap && words[tap.end + 1];
  if (tap === undefined || command === undefined) return text;
  const at = [...server.keys];
  const result = setAt(text, [...at, 'command'], command);
  // Element by element, to preserve the comments between the remaining arguments.
  const removed = Array.from({ length: tap.end + 1 });
  return removed.reduce<string>((current) => removeElement(current, [...at, 'args'], 0), result);
}

/** The indices of `tap` and of the `--` after its options, among the words of a server's command. */
function findTap(words: readonly string[]): { readonly start: number; readonly end: number } | undefined {
  const start = findSubcommand(words, 'tap');
  if (start === undefined) return undefined;
  const end = words.indexOf('--', start);
  return end !== -1 && end + 1 < words.length ? { start, end } : undefined;
}
