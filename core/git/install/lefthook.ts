import { basename, join } from 'node:path';
import type { Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { managedPath, readState, readStateIfPlain, statsAt } from './fileState.js';
import { addToJson, removeFromJson } from './lefthookJson.js';
import { addToToml } from './lefthookToml.js';
import { addToYaml } from './lefthookYaml.js';
import { withoutBlocks } from './shellBlock.js';
import { HOOKS, type FileChange, type HookPlacement } from './hookPlan.js';

/**
 * Lefthook merges `lefthook-local.yml`, intended for personal additions, over the shared configuration; their formats may
 * differ. It writes one script per hook; this copies the missing ones from an existing one. Undefined if lefthook is not
 * in use.
 */
export async function placeInLefthook(
  repository: Repository,
  hooksFolder: string,
  ports: Ports,
): Promise<HookPlacement | undefined> {
  const { workTree } = repository;
  const main = firstExisting(NAMES, repository, ports);
  if (main === undefined) return undefined;
  // Lefthook reads the first local file under any of these names.
  const file = firstExisting(LOCAL_NAMES, repository, ports) ?? newLocalName(main);
  const path = managedPath(join(workTree, file), repository, ports);
  const before = readState(path, ports);
  const content = Buffer.from(await withCommands(before?.content.toString('utf8') ?? '', path, file));
  const scripts = missingScripts(hooksFolder, ports);
  return {
    manager: 'lefthook',
    moves: [],
    changes: [{ path, before, after: { content, mode: before?.mode ?? 0o644 } }, ...scripts.changes],
    notes: scripts.notes,
  };
}

async function withCommands(text: string, path: string, file: string): Promise<string> {
  if (isJson(path)) return await addToJson(text, path, file);
  const add = path.endsWith('.toml') ? addToToml : addToYaml;
  const rest = withoutBlocks(Buffer.from(text)).toString('utf8');
  return HOOKS.reduce((current, hook) => add(current, hook, path, file), rest);
}

/** A local configuration without the added commands; undefined if it has none, and for other formats than JSON. */
export async function removeFromLefthook(path: string, content: Buffer): Promise<Buffer | undefined> {
  if (!isJson(path) || !basename(path).includes('lefthook-local.')) return undefined;
  const text = await removeFromJson(content.toString('utf8'));
  return text === undefined ? undefined : Buffer.from(text);
}

function isJson(path: string): boolean {
  return path.endsWith('.json') || path.endsWith('.jsonc');
}

/** In lefthook's own order: it reads the first that exists. */
const NAMES = ['yml', 'yaml', 'json', 'jsonc', 'toml'].flatMap((format) =>
  ['lefthook', '.lefthook', '.config/lefthook'].map((name) => `${name}.${format}`),
);

/** The files for personal commands. */
export const LOCAL_NAMES: readonly string[] = NAMES.map((name) => name.replace('lefthook.', 'lefthook-local.'));

function newLocalName(main: string): string {
  return main.replace(/lefthook\..*$/, 'lefthook-local.yml');
}

function firstExisting(names: readonly string[], repository: Repository, ports: Ports): string | undefined {
  return names.find((name) => {
    const path = managedPath(join(repository.workTree, name), repository, ports);
    return readState(path, ports) !== null;
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
