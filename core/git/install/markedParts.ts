import { basename, dirname, isAbsolute, join } from 'node:path';
import { BackupError, isWithin, type Ports } from '../../system/index.js';
import type { Repository } from '../repository.js';
import { isSame, managedPath, readStateIfPlain, statsAt } from './fileState.js';
import { asidePath } from './hooksFolder.js';
import { LOCAL_NAMES } from './lefthook.js';
import { withoutOwnParts } from './ownParts.js';
import { hooksFolderOf } from './planInstall.js';
import { readOldRecord } from './record.js';
import { CONFIGURATIONS } from './simpleGitHooks.js';
import { HOOKS, type FileChange, type FileMove } from './hookPlan.js';

/**
 * Finds installed lines by their markers, and hooks that were moved aside, without a record: for installations that could
 * not be recorded, and for those of 0.1.0, whose record cannot be trusted.
 */
export async function findMarkedParts(
  repository: Repository,
  recorded: ReadonlySet<string>,
  ports: Ports,
): Promise<{ readonly changes: readonly FileChange[]; readonly moves: readonly FileMove[] }> {
  const paths = new Set(candidatePaths(repository, ports).flatMap((path) => resolvePath(path, repository, ports)));
  const changes: FileChange[] = [];
  for (const path of paths) {
    const before = recorded.has(path) ? null : readStateIfPlain(path, ports);
    if (before === null) continue;
    const after = await withoutOwnParts(path, before, false);
    if (!isSame(before, after)) changes.push({ path, before, after });
  }
  const moves = changes.flatMap(({ path }) =>
    [asidePath(path, false), asidePath(path, true)]
      .filter((to) => statsAt(to, ports) !== undefined)
      .map((to): FileMove => ({ from: path, to })),
  );
  return { changes, moves };
}

function candidatePaths(repository: Repository, ports: Ports): readonly string[] {
  const { workTree, commonFolder } = repository;
  const hooks = hooksFolderOf(repository, ports);
  const folders = [hooks, join(workTree, '.husky'), ...(basename(hooks) === '_' ? [dirname(hooks)] : [])];
  // The old record may name hooks in a folder that git no longer uses, but no other files.
  const named = readOldRecord(repository, ports)?.paths ?? [];
  return [
    ...folders.flatMap((folder) => HOOKS.flatMap((hook) => [join(folder, hook), join(folder, `${hook}.legacy`)])),
    join(commonFolder, 'config'),
    ...LOCAL_NAMES.map((name) => join(workTree, name)),
    ...CONFIGURATIONS.map(({ name }) => join(workTree, name)),
    ...named.filter((path) => isAbsolute(path) && (isWithin(workTree, path) || isWithin(commonFolder, path))),
  ];
}

/** Empty for a link that leaves the repository, because nothing was written there. */
function resolvePath(path: string, repository: Repository, ports: Ports): readonly string[] {
  try {
    return [managedPath(path, repository, ports)];
  } catch (error) {
    if (error instanceof BackupError && error.code === 'unsafe-path') return [];
    throw error;
  }
}
