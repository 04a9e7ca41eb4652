import { asRecord, isRecord } from '../system/index.js';
import { FILE_WRITING_TOOLS, SHELL_TOOLS } from './claudeTools.js';
import { parseJsonText, removeElement, setAt, unusable } from './jsonText.js';
import type { Launcher } from './connection.js';
import { startWords } from './programStart.js';

/** A project's settings for Claude Code, which AutoForge's agents also run. */
export const CLAUDE_SETTINGS = '.claude/settings.json';

/** Adds the hook to the settings for each of its events, or updates it. Throws `configuration`. */
export function withHook(text: string | undefined, path: string, launcher: Launcher): string {
  const { value } = parseJsonText(text ?? '', path);
  assertLists(value, path);
  const command = hookCommand(launcher);
  const own = ownHooks(value);
  const updated = own.reduce((current, hook) => withUpdated(current, hook, command), text ?? '');
  const missing = EVENTS.filter(({ event }) => own.every((hook) => hook.event !== event));
  return missing.reduce((current, added) => insert(current, path, added, command), updated);
}

/** Updates the matcher only for `PreToolUse`. Users may add the hook to other events with matchers of their own. */
function withUpdated(
  text: string,
  { event, entryIndex, hookIndex, command, matcher }: OwnHook,
  newCommand: string,
): string {
  const at = ['hooks', event, entryIndex];
  const result = command === newCommand ? text : setAt(text, [...at, 'hooks', hookIndex, 'command'], newCommand);
  return event !== TOOL_EVENT || matcher === MATCHER ? result : setAt(result, [...at, 'matcher'], MATCHER);
}

/** Removes the hook, and containers that become empty. */
export function withoutHook(text: string, path: string): string {
  let result = text;
  for (;;) {
    const { value } = parseJsonText(result, path);
    assertLists(value, path);
    const [own] = ownHooks(value);
    if (own === undefined) return result;
    const at = pathToRemove(value, own);
    const last = at.at(-1);
    result = typeof last === 'number' ? removeElement(result, at.slice(0, -1), last) : setAt(result, at, undefined);
  }
}

/** The commands that run the hook, each with its event. */
export function allHookCommands(
  text: string,
  path: string,
): readonly { readonly event: string; readonly command: string }[] {
  const { value } = parseJsonText(text, path);
  assertLists(value, path);
  return ownHooks(value).map(({ event, command }) => ({ event, command }));
}

/** The commands for `PreToolUse`. Without that event, Claude Code is not connected. */
export function hookCommands(text: string, path: string): readonly string[] {
  return allHookCommands(text, path).flatMap(({ event, command }) => (event === TOOL_EVENT ? [command] : []));
}

const TOOL_EVENT = 'PreToolUse';

/**
 * MCP tools are called mcp__<server>__<tool>, and users choose the server's name. An agent can also reach the database
 * without MCP: with a shell command or by writing a file. The hook decides which calls matter.
 */
const MATCHER = ['mcp__.*', ...SHELL_TOOLS, ...FILE_WRITING_TOOLS].join('|');

interface HookedEvent {
  readonly event: string;
  readonly matcher?: string;
  /** Longer than the hook's own limits. Without a timeout, Claude Code ends a slow hook at the end of a session. */
  readonly timeoutS: number;
}

/**
 * The events to write. Versions of Claude Code that do not know an event skip the whole file. `SessionStart` exists
 * since 1.0.62, and `SessionEnd` since 1.0.85; `PreSkillShellCommand` is too new.
 */
const EVENTS: readonly HookedEvent[] = [
  { event: TOOL_EVENT, matcher: MATCHER, timeoutS: 30 },
  { event: 'SessionStart', timeoutS: 10 },
  { event: 'SessionEnd', timeoutS: 30 },
];

/**
 * One string for the shell, because older versions of Claude Code ignore `args` and would start Node without them. The
 * event names the project, so the command also works after a rename, and in a copy, clone or worktree.
 */
function hookCommand(launcher: Launcher): string {
  return [...startWords(launcher).map(quote), 'hook', 'claude'].join(' ');
}

/** For sh, and for the bash that Claude Code uses on Windows. */
function quote(argument: string): string {
  return `"${argument.replace(/\\(?=[\\$`"]|$)|[$`"]/g, '\\$&')}"`;
}

interface OwnHook {
  readonly event: string;
  readonly entryIndex: number;
  readonly hookIndex: number;
  readonly command: string;
  readonly matcher: unknown;
}

/** Our hooks, for every event. */
function ownHooks(value: Readonly<Record<string, unknown>>): readonly OwnHook[] {
  return Object.entries(asRecord(value.hooks)).flatMap(([event, entries]) =>
    listOf(entries).flatMap((entry, entryIndex) =>
      hooksOf(entry).flatMap((hook, hookIndex) => {
        const command = isRecord(hook) ? hook.command : undefined;
        if (typeof command !== 'string' || !OWN_COMMAND.test(command)) return [];
        return [{ event, entryIndex, hookIndex, command, matcher: isRecord(entry) ? entry.matcher : undefined }];
      }),
    ),
  );
}

const OWN_COMMAND = /feature-backups[^"']*["']?\s+hook\s+claude\b/;

function insert(text: string, path: string, { event, matcher, timeoutS }: HookedEvent, command: string): string {
  const { hooks } = parseJsonText(text, path).value;
  const entry = { ...(matcher !== undefined && { matcher }), hooks: [{ type: 'command', command, timeout: timeoutS }] };
  const entries = asRecord(hooks)[event];
  return Array.isArray(entries)
    ? setAt(text, ['hooks', event, entries.length], entry, true)
    : setAt(text, ['hooks', event], [entry]);
}

/** The path of the outermost container that contains only this hook. */
function pathToRemove({ hooks }: Readonly<Record<string, unknown>>, { event, entryIndex, hookIndex }: OwnHook) {
  const entries = listOf(asRecord(hooks)[event]);
  const isAlone = hooksOf(entries[entryIndex]).length === 1;
  if (!isAlone) return ['hooks', event, entryIndex, 'hooks', hookIndex];
  if (entries.length > 1) return ['hooks', event, entryIndex];
  return Object.keys(asRecord(hooks)).length > 1 ? ['hooks', event] : ['hooks'];
}

function assertLists({ hooks }: Readonly<Record<string, unknown>>, path: string): void {
  if (hooks === undefined) return;
  if (!isRecord(hooks)) throw unusable(path, '"hooks" is not an object');
  for (const { event } of EVENTS) {
    const entries = hooks[event];
    if (entries !== undefined && !Array.isArray(entries)) throw unusable(path, `"hooks.${event}" is not a list`);
  }
}

function hooksOf(entry: unknown): readonly unknown[] {
  return isRecord(entry) ? listOf(entry.hooks) : [];
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
