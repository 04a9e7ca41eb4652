import { isRecord } from '../system/index.js';
import { FILE_WRITING_TOOLS } from './claudeTools.js';
import { parseJsonText, removeElement, setAt, unusable } from './jsonText.js';
import type { Launcher } from './connection.js';

/** A project's settings for Claude Code, which AutoForge's agents also run. */
export const CLAUDE_SETTINGS = '.claude/settings.json';

/** Adds the hook to the settings, unless it is there already. Throws `configuration`. */
export function withHook(text: string | undefined, path: string, launcher: Launcher, root: string): string {
  const { value } = parseJsonText(text ?? '', path);
  const entries = preToolUse(value, path);
  const command = hookCommand(launcher, root);
  const [first] = ownHooks(entries);
  if (first === undefined) return insert(text ?? '', value, entries, command);
  const at = ['hooks', 'PreToolUse', first.entryIndex];
  let result = text ?? '';
  if (first.command !== command) result = setAt(result, [...at, 'hooks', first.hookIndex, 'command'], command);
  if (first.matcher !== MATCHER) result = setAt(result, [...at, 'matcher'], MATCHER);
  return result;
}

/** Removes the hook, and containers that become empty. */
export function withoutHook(text: string, path: string): string {
  let result = text;
  for (;;) {
    const { value } = parseJsonText(result, path);
    const entries = preToolUse(value, path);
    const [own] = ownHooks(entries);
    if (own === undefined) return result;
    const at = pathToRemove(value, entries, own);
    const last = at.at(-1);
    result = typeof last === 'number' ? removeElement(result, at.slice(0, -1), last) : setAt(result, at, undefined);
  }
}

export function hasHook(text: string, path: string): boolean {
  return ownHooks(preToolUse(parseJsonText(text, path).value, path)).length > 0;
}

/**
 * MCP tools are called mcp__<server>__<tool>, and users choose the server's name. An agent can also reach the database
 * without MCP: with a shell command or by writing a file. The hook decides which calls matter.
 */
const MATCHER = ['mcp__.*', 'Bash', ...FILE_WRITING_TOOLS].join('|');

/** Seconds; the hook's own timeout is shorter. */
const TIMEOUT_S = 30;

/** One string for the shell, because older versions of Claude Code ignore `args` and would start Node without them. */
function hookCommand({ node, script }: Launcher, root: string): string {
  return `${quote(node)} ${quote(script)} hook claude --project ${quote(root)}`;
}

/** For sh, and for the bash that Claude Code uses on Windows. */
function quote(argument: string): string {
  return `"${argument.replace(/\\(?=[\\$`"]|$)|[$`"]/g, '\\$&')}"`;
}

interface OwnHook {
  readonly entryIndex: number;
  readonly hookIndex: number;
  readonly command: string;
  readonly matcher: unknown;
}

function ownHooks(entries: readonly unknown[]): readonly OwnHook[] {
  return entries.flatMap((entry, entryIndex) =>
    hooksOf(entry).flatMap((hook, hookIndex) => {
      const command = isRecord(hook) ? hook.command : undefined;
      if (typeof command !== 'string' || !OWN_COMMAND.test(command)) return [];
      return [{ entryIndex, hookIndex, command, matcher: isRecord(entry) ? entry.matcher : undefined }];
    }),
  );
}

const OWN_COMMAND = /feature-backups[^"']*["']?\s+hook\s+claude\b/;

function insert(
  text: string,
  value: Readonly<Record<string, unknown>>,
  entries: readonly unknown[],
  command: string,
): string {
  const entry = { matcher: MATCHER, hooks: [{ type: 'command', command, timeout: TIMEOUT_S }] };
  const hasList = isRecord(value.hooks) && Array.isArray(value.hooks.PreToolUse);
  return hasList
    ? setAt(text, ['hooks', 'PreToolUse', entries.length], entry, true)
    : setAt(text, ['hooks', 'PreToolUse'], [entry]);
}

/** The outermost container that contains only the hook. */
function pathToRemove(value: Readonly<Record<string, unknown>>, entries: readonly unknown[], own: OwnHook) {
  const isAlone = hooksOf(entries[own.entryIndex]).length === 1;
  if (!isAlone) return ['hooks', 'PreToolUse', own.entryIndex, 'hooks', own.hookIndex];
  if (entries.length > 1) return ['hooks', 'PreToolUse', own.entryIndex];
  const kinds = isRecord(value.hooks) ? Object.keys(value.hooks).length : 0;
  return kinds > 1 ? ['hooks', 'PreToolUse'] : ['hooks'];
}

function preToolUse(value: Readonly<Record<string, unknown>>, path: string): readonly unknown[] {
  const { hooks } = value;
  if (hooks === undefined) return [];
  if (!isRecord(hooks)) throw unusable(path, '"hooks" is not an object');
  const entries = hooks.PreToolUse;
  if (entries === undefined) return [];
  if (!Array.isArray(entries)) throw unusable(path, '"hooks.PreToolUse" is not a list');
  return entries;
}

function hooksOf(entry: unknown): readonly unknown[] {
  return isRecord(entry) && Array.isArray(entry.hooks) ? entry.hooks : [];
}
