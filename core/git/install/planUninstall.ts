import { basename, dirname, join } from 'node:path';
import type { Ports } from '../../system/index.js';
import { hookFolder, namesIn } from '../repository.js';
import type { Repository } from '../repository.js';
import { isSame, readStateIfPlain, statsAt } from './fileState.js';
import { findMarkedParts } from './markedParts.js';
import { withoutOwnParts } from './ownParts.js';
import { hooksFolderOf, repositoryAt } from './planInstall.js';
import { readOldRecord, readRecord, type RecordedFile } from './record.js';
import { otherUsers, sharedFolderOf } from './sharedFolder.js';
import type { FileChange, FileState, HookPlan } from './hookPlan.js';

/**
 * Plans the removal. Files that have not been edited since the installation are restored byte for byte; from the
 * others, only the installed lines are removed. Backups and their commit links are kept.
 */
export async function planUninstall(folder: string, ports: Ports): Promise<HookPlan> {
  const repository = repositoryAt(folder, ports);
  const record = readRecord(repository, ports);
  const recorded = await Promise.all((record?.files ?? []).map((file) => undo(file, ports)));
  const marked = await findMarkedParts(repository, new Set(record?.files.map(({ path }) => path)), ports);
  const users = new Map<string, readonly string[]>();
  const usersOf = (path: string): readonly string[] => {
    const hooksFolder = sharedFolderOf(repository, dirname(path));
    const known = hooksFolder === undefined ? [] : otherUsers(hooksFolder, repository, ports);
    if (hooksFolder !== undefined && known.length > 0) users.set(hooksFolder, known);
    return known;
  };
  const changes = [...recorded.flat(), ...marked.changes].filter(({ path }) => usersOf(path).length === 0);
  const moves = [...(record?.moves ?? []), ...marked.moves]
    .filter(({ from, to }) => statsAt(to, ports) !== undefined && usersOf(from).length === 0)
    .map(({ from, to }) => ({ from: to, to: from }));
  const own = ownFolders(repository, ports);
  const ownChanges = own.flatMap((ownFolder) => planRemovals(ownFolder, ports));
  return {
    repository,
    manager: record?.manager ?? readOldRecord(repository, ports)?.manager ?? 'hooks-folder',
    moves,
    changes,
    ownChanges,
    record: record === undefined ? undefined : null,
    emptyFolders: [...moves.map(({ from }) => dirname(from)), ...own, ...(record?.folders ?? [])],
    sharedFolder: sharedFolderOf(repository, hooksFolderOf(repository, ports)),
    notes: [...notesOf(changes), ...[...users].map(stillUsed)],
    isEmpty: changes.length + moves.length + ownChanges.length === 0 && record === undefined,
  };
}

async function undo({ path, before, after: installed }: RecordedFile, ports: Ports): Promise<readonly FileChange[]> {
  // A link that has replaced the file since has no installed lines.
  const now = readStateIfPlain(path, ports);
  if (now === null) return [];
  const isUnedited = now.content.equals(installed.content);
  const after = isUnedited ? before : await withoutOwnParts(path, now, before !== null);
  return isSame(now, after) ? [] : [{ path, before: now, after }];
}

/** Our folder in git's folder, and in that of each linked worktree. */
function ownFolders({ commonFolder }: Repository, ports: Ports): readonly string[] {
  const worktrees = join(commonFolder, 'worktrees');
  return [hookFolder(commonFolder), ...namesIn(worktrees, ports).map((name) => hookFolder(join(worktrees, name)))];
}

function planRemovals(folder: string, ports: Ports): readonly FileChange[] {
  return namesIn(folder, ports).map((name) => {
    const path = join(folder, name);
    return { path, before: readStateIfPlain(path, ports) ?? UNREAD, after: null };
  });
}

/** The content of a file to be deleted does not matter. */
const UNREAD: FileState = { content: Buffer.alloc(0), mode: 0 };

function stillUsed([folder, users]: readonly [string, readonly string[]]): string {
  return (
    `Other repositories use the hooks in ${folder}, so they stay there; they do nothing in this repository. ` +
    `To remove them, uninstall from: ${users.map(withoutGit).join(', ')}.`
  );
}

function withoutGit(gitFolder: string): string {
  return basename(gitFolder) === '.git' ? dirname(gitFolder) : gitFolder;
}

function notesOf(changes: readonly FileChange[]): readonly string[] {
  return changes.some(({ path }) => dirname(path).endsWith('.husky'))
    ? ['The lines were in a shared file. If that file is under version control, commit the change.']
    : [];
}
