import { isRecord } from '../system/index.js';
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
}

/** The feature servers of a file, or the named server. Throws `configuration`. */
export function findServers(text: string, path: string, key: string, named?: string): readonly ServerEntry[] {
  const servers = parseJsonText(text, path).value[key];
  if (!isRecord(servers)) return [];
  return Object.entries(servers).flatMap(([name, entry]) => {
    if (!isRecord(entry) || typeof entry.command !== 'string') return [];
    const args = Array.isArray(entry.args) ? entry.args.map(String) : [];
    const isWrapped = endOfTap(args) !== undefined;
    const startsFeatureServer = [entry.command, ...args].some((word) => /\bfeature_mcp\b/.test(word));
    const isRequested = named === undefined ? startsFeatureServer || isWrapped : name === named;
    return isRequested ? [{ name, command: entry.command, args, hasArgs: Array.isArray(entry.args), isWrapped }] : [];
  });
}

/** Puts a server behind the tap. Its arguments and the comments among them are preserved. */
export function wrapServer(text: string, key: string, server: ServerEntry, launcher: Launcher, root: string): string {
  const at = [key, server.name];
  const added = [...tapArguments(launcher, root), server.command];
  const result = setAt(text, [...at, 'command'], launcher.node);
  if (!server.hasArgs) return setAt(result, [...at, 'args'], added);
  return added.reduce((current, argument, index) => setAt(current, [...at, 'args', index], argument, true), result);
}

/** Whether the server is behind exactly this tap, for this project. */
export function isWrappedBy({ command, args }: ServerEntry, launcher: Launcher, root: string): boolean {
  return command === launcher.node && tapArguments(launcher, root).every((argument, index) => args[index] === argument);
}

function tapArguments({ script }: Launcher, root: string): readonly string[] {
  return [script, 'tap', '--project', root, '--'];
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
