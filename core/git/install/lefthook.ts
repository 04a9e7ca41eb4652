import { join } from 'node:path';
import { BackupError, type Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { managedPath, readState, readStateIfPlain, statsAt } from './fileState.js';
import { BLOCK_END, BLOCK_START, shellCommand, withoutBlocks } from './shellBlock.js';
import { HOOKS, type FileChange, type Hook, type HookPlacement } from './hookPlan.js';

/**
 * Lefthook merges `lefthook-local.yml`, intended for personal additions, over the shared configuration. It writes one
 * script per hook; this copies the missing ones from an existing one. Undefined if lefthook is not in use.
 */
export function placeInLefthook(repository: Repository, hooksFolder: string, ports: Ports): HookPlacement | undefined {
  const { workTree } = repository;
  const main = firstExisting(NAMES, repository, ports);
  if (main === undefined) return undefined;
  // Lefthook reads the local file beside the main one, under either name.
  const file = firstExisting(LOCAL_NAMES, repository, ports) ?? localName(main);
  const path = managedPath(join(workTree, file), repository, ports);
  const before = readState(path, ports);
  const rest = before === null ? '' : withoutBlocks(before.content).toString('utf8');
  const content = Buffer.from(HOOKS.reduce((text, hook) => addHook(text, hook, path, file), rest));
  const scripts = missingScripts(hooksFolder, ports);
  return {
    manager: 'lefthook',
    moves: [],
    changes: [{ path, before, after: { content, mode: before?.mode ?? 0o644 } }, ...scripts.changes],
    notes: scripts.notes,
  };
}

const NAMES = ['lefthook.yml', '.lefthook.yml', '.config/lefthook.yml', 'lefthook.yaml', '.lefthook.yaml'];

/** The files for personal commands. */
export const LOCAL_NAMES: readonly string[] = NAMES.map(localName);

function localName(main: string): string {
  return main.replace('lefthook.', 'lefthook-local.');
}

function firstExisting(names: readonly string[], repository: Repository, ports: Ports): string | undefined {
  return names.find((name) => {
    const path = managedPath(join(repository.workTree, name), repository, ports);
    return readState(path, ports) !== null;
  });
}

function addHook(text: string, hook: Hook, path: string, file: string): string {
  const key = new RegExp(`^(['"]?)${hook}\\1[ \\t]*:([^\\n]*)(?:\\n|$)`, 'm').exec(text);
  if (key === null) {
    const separator = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${separator}${block([`${hook}:`, '  commands:', ...command(hook, '    ', file)], '')}`;
  }
  const start = key.index + key[0].length;
  const section = /^(?:[ \t]+[^\n]*(?:\n|$)|[ \t]*(?:#[^\n]*)?\n)*/.exec(text.slice(start))?.[0] ?? '';
  const indent = /^([ \t]+)[^\s#]/m.exec(section)?.[1];
  const isPlain = /^[ \t]*(?:#.*)?$/.test(key[2] ?? '') && key[0].endsWith('\n');
  if (!isPlain || indent === undefined) throw cannotEdit(path, hook);
  const commands = new RegExp(`^${indent}commands[ \\t]*:[ \\t]*(?:#[^\\n]*)?\\n`, 'm').exec(section);
  if (commands === null) {
    if (new RegExp(`^${indent}commands\\b`, 'm').test(section)) throw cannotEdit(path, hook);
    return insertAt(text, start, block([`${indent}commands:`, ...command(hook, indent.repeat(2), file)], indent));
  }
  const inner = section.slice(commands.index + commands[0].length);
  const innerIndent = /^([ \t]+)[^\s#]/m.exec(inner)?.[1];
  if (innerIndent === undefined || innerIndent.length <= indent.length) throw cannotEdit(path, hook);
  const position = start + commands.index + commands[0].length;
  return insertAt(text, position, block(command(hook, innerIndent, file), innerIndent));
}

function insertAt(text: string, position: number, insertion: string): string {
  return text.slice(0, position) + insertion + text.slice(position);
}

function block(lines: readonly string[], indent: string): string {
  return [`${indent}${BLOCK_START}`, ...lines, `${indent}${BLOCK_END}`, ''].join('\n');
}

function command(hook: Hook, indent: string, file: string): readonly string[] {
  const deeper = indent + (indent.includes('\t') ? '\t' : '  ');
  const lines = LEFTHOOK_LINES[hook === 'pre-commit' || hook === 'pre-merge-commit' ? 'before' : 'after'](hook, file);
  return [`${indent}feature-backups:`, ...lines.map((line) => deeper + line)];
}

const LEFTHOOK_LINES = {
  // Without a list of existing files, lefthook skips the command in a commit without staged files (an amended message).
  before: (hook: Hook, file: string) => [`files: echo ${file}`, `run: sh -c '${shellCommand(hook)}' - {files}`],
  after: (hook: Hook) => [
    `run: sh -c '${shellCommand(hook)} "$@"' - {0}`,
    ...(hook === 'post-rewrite' ? ['use_stdin: true'] : []),
  ],
};

function cannotEdit(path: string, hook: Hook): BackupError {
  return new BackupError(`${path} already configures ${hook} in a form that cannot be edited safely`, {
    code: 'configuration',
    operation: 'add the git hooks to lefthook',
    path,
    hint: `Add this command to ${hook} by hand: run: sh -c '${shellCommand(hook)}'`,
  });
}

function missingScripts(
  hooksFolder: string,
  ports: Ports,
): { changes: readonly FileChange[]; notes: readonly string[] } {
  const states = HOOKS.map((hook) => ({ hook, path: join(hooksFolder, hook) }));
  const template = TEMPLATE_HOOKS.map((hook) => ({
    hook,
    state: readStateIfPlain(join(hooksFolder, hook), ports),
  })).find(({ state }) => state?.content.includes('call_lefthook run'));
  const missing = states.filter(({ path }) => statsAt(path, ports) === undefined);
  const templateState = template?.state;
  if (template === undefined || !templateState) {
    return { changes: [], notes: ['Lefthook has not installed its scripts yet. Run `lefthook install`.'] };
  }
  const changes = missing.map(({ hook, path }) => {
    const content = templateState.content.toString('utf8').replaceAll(`run "${template.hook}"`, `run "${hook}"`);
    return { path, before: null, after: { content: Buffer.from(content), mode: templateState.mode } };
  });
  return { changes, notes: [] };
}

const TEMPLATE_HOOKS = [...HOOKS, 'commit-msg', 'prepare-commit-msg', 'pre-push', 'post-checkout'];
