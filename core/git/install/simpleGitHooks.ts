import { join } from 'node:path';
import { isRecord, parseJson, type Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { editJson } from './editJson.js';
import { managedPath, readState, readStateIfPlain } from './fileState.js';
import { shellCommand } from './shellBlock.js';
import { HOOKS, type FileChange, type FileState, type Hook, type HookPlacement } from './hookPlan.js';

/**
 * simple-git-hooks generates each hook from one command in its configuration. The new command is inserted before that
 * one, and the scripts become what simple-git-hooks would generate. Undefined if simple-git-hooks is not in use, or is
 * configured by a program.
 */
export async function placeInSimpleGitHooks(
  repository: Repository,
  hooksFolder: string,
  ports: Ports,
): Promise<HookPlacement | undefined> {
  const configuration = findConfiguration(repository, ports);
  if (configuration === undefined) return undefined;
  const { path, before, keys } = configuration;
  const old = Object.fromEntries(HOOKS.map((hook) => [hook, withoutCommand(configuration.commands[hook])]));
  const updated = new Map(HOOKS.map((hook) => [hook, withCommand(hook, old[hook])]));
  const text = await editCommands(before.content.toString('utf8'), keys, updated);
  const scripts = scriptsOf({ repository, hooksFolder }, configuration.commands, updated, ports);
  const notes =
    scripts.length > 0 ? [] : ['simple-git-hooks has not installed its scripts yet. Run `npx simple-git-hooks`.'];
  return {
    manager: 'simple-git-hooks',
    moves: [],
    changes: [{ path, before, after: { content: Buffer.from(text), mode: before.mode } }, ...scripts],
    notes,
  };
}

/** The configuration without the installed commands; undefined if it has none. */
export async function removeFromConfiguration(path: string, content: Buffer): Promise<Buffer | undefined> {
  const text = content.toString('utf8');
  const keys = path.endsWith('package.json') ? ['simple-git-hooks'] : [];
  const commands = commandsIn(text, keys);
  const installedHooks = HOOKS.filter((hook) => commands?.[hook]?.startsWith(ownCommand(hook)) ?? false);
  if (commands === undefined || installedHooks.length === 0) return undefined;
  return Buffer.from(
    await editCommands(text, keys, new Map(installedHooks.map((hook) => [hook, withoutCommand(commands[hook])]))),
  );
}

/** A generated script without the installed command; `isAlone`: it runs nothing else. */
export function removeFromScript(script: Buffer): { readonly content: Buffer; readonly isAlone: boolean } {
  const text = script.toString('latin1');
  const own = HOOKS.map(ownCommand).find((candidate) => text.includes(candidate));
  if (own === undefined) return { content: script, isAlone: false };
  const start = text.indexOf(own);
  const rest = text.slice(start + own.length).replace(/^; /, '');
  return { content: Buffer.from(text.slice(0, start) + rest, 'latin1'), isAlone: rest.trim() === '' };
}

type Commands = Readonly<Partial<Record<string, string>>>;

interface Configuration {
  readonly path: string;
  readonly before: FileState;
  /** The path to the commands in the file. */
  readonly keys: readonly string[];
  readonly commands: Commands;
}

/** The files that simple-git-hooks reads, with the keys in them. */
export const CONFIGURATIONS: readonly { readonly name: string; readonly keys: readonly string[] }[] = [
  { name: '.simple-git-hooks.json', keys: [] },
  { name: 'simple-git-hooks.json', keys: [] },
  { name: 'package.json', keys: ['simple-git-hooks'] },
];

function findConfiguration(repository: Repository, ports: Ports): Configuration | undefined {
  for (const { name, keys } of CONFIGURATIONS) {
    const path = managedPath(join(repository.workTree, name), repository, ports);
    const before = readState(path, ports);
    const commands = before === null ? undefined : commandsIn(before.content.toString('utf8'), keys);
    if (before !== null && commands !== undefined) return { path, before, keys, commands };
  }
  return undefined;
}

function commandsIn(text: string, keys: readonly string[]): Commands | undefined {
  let json = parseJson(text);
  for (const key of keys) json = isRecord(json) ? json[key] : undefined;
  if (!isRecord(json)) return undefined;
  return Object.fromEntries(
    Object.entries(json).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  );
}

function ownCommand(hook: Hook): string {
  return `(${shellCommand(hook)} "$@") || exit $?`;
}

function withCommand(hook: Hook, old: string | undefined): string {
  return old === undefined ? ownCommand(hook) : `${ownCommand(hook)}; ${old}`;
}

function withoutCommand(command: string | undefined): string | undefined {
  const own = HOOKS.map(ownCommand).find((candidate) => command?.startsWith(candidate));
  if (own === undefined || command === undefined) return command;
  return command === own ? undefined : command.slice(own.length).replace(/^; /, '');
}

async function editCommands(
  text: string,
  keys: readonly string[],
  commands: ReadonlyMap<Hook, string | undefined>,
): Promise<string> {
  return await editJson(
    text,
    [...commands].map(([hook, value]) => ({ path: [...keys, hook], value })),
  );
}

function scriptsOf(
  { repository, hooksFolder }: { readonly repository: Repository; readonly hooksFolder: string },
  commands: Commands,
  updated: ReadonlyMap<Hook, string>,
  ports: Ports,
): readonly FileChange[] {
  const candidates = Object.entries(commands).map(([hook, command]) => ({
    command,
    state: readStateIfPlain(join(hooksFolder, hook), ports),
  }));
  const template = candidates.find(({ state, command = '' }) => state?.content.toString('utf8').endsWith(command));
  if (!template?.state) return [];
  const { content, mode } = template.state;
  const beginning = content.toString('utf8').slice(0, -(template.command ?? '').length);
  return [...updated].map(([hook, command]) => {
    const path = managedPath(join(hooksFolder, hook), repository, ports);
    return { path, before: readState(path, ports), after: { content: Buffer.from(beginning + command), mode } };
  });
}
