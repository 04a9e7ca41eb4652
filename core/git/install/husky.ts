import { basename, dirname, join } from 'node:path';
import { isRecord, kindAt, parseJson, readFileWithin, type Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { managedPath, readState } from './fileState.js';
import { insertIntoScript, shellBlock, withoutBlocks } from './shellBlock.js';
import { HOOKS, type HookPlacement } from './hookPlan.js';

/**
 * Husky 9 points git at `<folder>/_`, whose scripts run `sh -e <folder>/<hook>`. The lines go into those files, which need
 * neither a shebang nor an executable bit. Undefined if husky is not in use.
 */
export function placeInHusky(repository: Repository, hooksFolder: string, ports: Ports): HookPlacement | undefined {
  const folder = huskyFolder(repository, hooksFolder, ports);
  if (folder === undefined) return undefined;
  const changes = HOOKS.map((hook) => {
    const path = managedPath(join(folder, hook), repository, ports);
    const before = readState(path, ports);
    const rest = before === null ? Buffer.alloc(0) : withoutBlocks(before.content);
    return { path, before, after: { content: insertIntoScript(rest, shellBlock(hook)), mode: before?.mode ?? 0o644 } };
  });
  return { manager: 'husky', moves: [], changes, notes: [] };
}

function huskyFolder({ workTree }: Repository, hooksFolder: string, ports: Ports): string | undefined {
  if (basename(hooksFolder) === '_' && kindAt(join(hooksFolder, 'h'), ports) === 'file') return dirname(hooksFolder);
  // A fresh clone in which husky has not run yet.
  const folder = join(workTree, '.husky');
  return usesHusky(workTree, ports) && kindAt(folder, ports) === 'folder' && hooksFolder !== folder
    ? folder
    : undefined;
}

function usesHusky(workTree: string, ports: Ports): boolean {
  const json = parseJson(readFileWithin(workTree, join(workTree, 'package.json'), ports.files)?.toString('utf8'));
  if (!isRecord(json)) return false;
  return [json.devDependencies, json.dependencies].some((list) => isRecord(list) && 'husky' in list);
}
