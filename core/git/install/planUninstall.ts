import { dirname, join } from 'node:path';
import { isNotFound } from '../../errors.js';
import type { Ports } from '../../ports.js';
import { hookFolder } from '../repository.js';
import { askGit } from '../runGit.js';
import type { Repository } from '../types.js';
import { isSame, readState } from './fileState.js';
import { isOursAlone, keptPath } from './hooksFolder.js';
import { repositoryAt } from './planInstall.js';
import { readRecord, type InstallRecord, type RecordedFile } from './record.js';
import { withoutBlocks } from './shellBlock.js';
import { withoutOurCommands } from './simpleGitHooks.js';
import { HOOKS, type FileChange, type FileMove, type FileState, type HookPlan } from './types.js';

/**
 * What it takes to leave everything as it was before `planInstall`: byte for byte in files that nobody has changed since,
 * and without our lines in the others. Backups, and the commits noted in them, stay.
 */
export async function planUninstall(folder: string, ports: Ports): Promise<HookPlan> {
  const repository = repositoryAt(folder, ports);
  const record = readRecord(repository, ports) ?? recordFromMarks(repository, ports);
  const changes: FileChange[] = [];
  for (const file of record.files) changes.push(...(await undo(file, ports)));
  const moves = record.moves.filter(({ to }) => exists(to, ports)).map(({ from, to }) => ({ from: to, to: from }));
  const ownChanges = ownFolders(repository, ports).flatMap((own) => removals(own, ports));
  const isDone = changes.length + moves.length + ownChanges.length === 0;
  const emptyFolders = [...moves.map(({ from }) => dirname(from)), ...ownFolders(repository, ports), ...record.folders];
  const { manager } = record;
  return { repository, manager, moves, changes, ownChanges, emptyFolders, notes: notesOf(changes), isDone };
}

async function undo({ path, before, after }: RecordedFile, ports: Ports): Promise<readonly FileChange[]> {
  const now = readState(path, ports);
  if (now === null) return [];
  const wanted = now.content.equals(after.content) ? before : await withoutOurs(path, now, before);
  return isSame(now, wanted) ? [] : [{ path, before: now, after: wanted }];
}

/** Somebody has changed the file since: his changes stay, and so does the file if there is anything of his in it. */
async function withoutOurs(path: string, now: FileState, before: FileState | null): Promise<FileState | null> {
  if (before === null && isOursAlone(now.content)) return null;
  const content = path.endsWith('.json') ? await withoutOurCommands(path, now.content) : withoutBlocks(now.content);
  if (content === undefined) return now;
  return content.length === 0 && before === null ? null : { content, mode: now.mode };
}

/** The record is gone: what bears our marks in the usual places is ours. */
function recordFromMarks(repository: Repository, ports: Ports): InstallRecord {
  const hooks = askGit(repository.workTree, ['rev-parse', '--git-path', 'hooks'], ports);
  const folders = hooks === undefined ? [] : [join(repository.workTree, hooks), join(repository.workTree, hooks, '..')];
  const paths = [
    ...folders.flatMap((folder) => HOOKS.flatMap((hook) => [join(folder, hook), join(folder, `${hook}.legacy`)])),
    join(repository.commonFolder, 'config'),
    join(repository.workTree, 'lefthook-local.yml'),
  ];
  const files = paths.flatMap((path) => {
    const after = readState(path, ports);
    const isMarked = after?.content.includes('# >>> feature-backups >>>') ?? false;
    if (after === null || !isMarked) return [];
    const content = withoutBlocks(after.content);
    return [{ path, before: isOursAlone(after.content) ? null : { ...after, content }, after }];
  });
  const moves = files.flatMap(({ path }) =>
    [keptPath(path, false), keptPath(path, true)]
      .filter((to) => exists(to, ports))
      .map((to): FileMove => ({ from: path, to })),
  );
  return { manager: 'hooks-folder', files, moves, folders: [] };
}

function exists(path: string, ports: Ports): boolean {
  return ports.files.lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Ours in git's own folder, and in that of each linked worktree. */
function ownFolders({ commonFolder }: Repository, ports: Ports): readonly string[] {
  const worktrees = join(commonFolder, 'worktrees');
  return [hookFolder(commonFolder), ...namesIn(worktrees, ports).map((name) => hookFolder(join(worktrees, name)))];
}

function removals(folder: string, ports: Ports): readonly FileChange[] {
  return namesIn(folder, ports).map((name) => {
    const path = join(folder, name);
    return { path, before: readState(path, ports), after: null };
  });
}

function namesIn(folder: string, ports: Ports): readonly string[] {
  try {
    return ports.files.readdirSync(folder);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function notesOf(changes: readonly FileChange[]): readonly string[] {
  return changes.some(({ path }) => dirname(path).endsWith('.husky'))
    ? ['The lines were in a file that is shared: commit its change, if it was committed.']
    : [];
}
