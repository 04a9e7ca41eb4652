import { newestFirst, isOrdinary, readCatalog, isMetadataUnknown, type Backup } from '../store/index.js';
import { listHistory } from '../history/index.js';
import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { isObjectId } from './head.js';
import { findRepository, hookFolder } from './repository.js';
import { gitOutput, runGit } from './runGit.js';
import { commitsOf, linkCommits } from './linkCommits.js';
import type { Repository } from './repository.js';

export interface BackupOfCommit {
  readonly backup: Backup;
  readonly commit: Commit;
  /** `tied`: its hook made the backup. `time`: no hook ran for it; this was the newest backup when it was made. */
  readonly found: 'tied' | 'time';
}

export interface Commit {
  readonly id: string;
  readonly subject: string;
  readonly committedAt: Date;
}

/**
 * The backlog as it was at a commit: a branch, a tag, `HEAD~3`, any name that git knows. Throws `usage` outside a
 * repository, `backup-not-found` where there is no such commit or no backup that old.
 */
export async function findBackupOfCommit(project: Project, commitIsh: string, ports: Ports): Promise<BackupOfCommit> {
  const repository = repositoryOf(project, ports);
  const commit = resolveCommit(repository, commitIsh, ports);
  await linkNotedCommits(repository, ports);
  const backups = statesOf(project, ports).filter(isOrdinary);
  const linked = backups.find((backup) => commitsOf(backup).includes(commit.id));
  if (linked !== undefined) return { backup: linked, commit, found: 'tied' };
  // A commit's time has whole seconds.
  const latestMs = commit.committedAt.getTime() + 999;
  const backup = backups.find(({ createdAt }) => createdAt.getTime() <= latestMs);
  if (backup !== undefined) return { backup, commit, found: 'time' };
  throw new BackupError(`No backup is as old as commit ${commit.id.slice(0, 12)} (${commit.subject})`, {
    code: 'backup-not-found',
    operation: 'find the backup of a commit',
    path: project.storePath,
    hint: 'See `feature-backups list --git` for the commits that have one.',
  });
}

/** A commit that a backup is tied to. */
export interface BackedUpCommit extends Commit {
  readonly backup: Backup;
  /** No branch, tag or HEAD leads to it any more: it was amended, rebased or dropped. */
  readonly isAbandoned: boolean;
}

/** The commits that have a backup of their own, the newest first; those that git has forgotten are left out. */
export async function listBackedUpCommits(project: Project, ports: Ports): Promise<readonly BackedUpCommit[]> {
  const repository = repositoryOf(project, ports);
  await linkNotedCommits(repository, ports);
  const backupOf = new Map(
    statesOf(project, ports).flatMap((backup) => commitsOf(backup).map((id) => [id, backup] as const)),
  );
  if (backupOf.size === 0) return [];
  const ids = [...backupOf.keys()];
  const commits = readCommits(repository, ids, ports);
  const abandoned = new Set(abandonedOf(repository, ids, ports));
  return commits
    .flatMap((commit) => {
      const backup = backupOf.get(commit.id);
      return backup === undefined ? [] : [{ ...commit, backup, isAbandoned: abandoned.has(commit.id) }];
    })
    .sort((one, other) => other.committedAt.getTime() - one.committedAt.getTime());
}

/** Newest first: a commit's backup can have gone into the history. */
function statesOf(project: Project, ports: Ports): readonly Backup[] {
  return [...readCatalog(project, ports).backups, ...listHistory(project, ports).states].sort(newestFirst);
}

function abandonedOf({ workTree }: Repository, ids: readonly string[], ports: Ports): readonly string[] {
  const args = ['rev-list', '--ignore-missing', '--stdin', '--not', '--all', 'HEAD'];
  const { status, output } = runGit(workTree, args, ports, `${ids.join('\n')}\n`);
  return status === 0 ? output.split('\n') : [];
}

/** Links commits as the hooks have noted them. All other commits are found while one waits for its backup's metadata. */
async function linkNotedCommits({ commonFolder }: Repository, ports: Ports): Promise<void> {
  try {
    await linkCommits(hookFolder(commonFolder), ports);
  } catch (error) {
    if (!isMetadataUnknown(error)) throw error;
    ports.onWarning?.(error.message);
  }
}

function repositoryOf({ root }: Project, ports: Ports): Repository {
  const repository = findRepository(root, ports);
  if (repository !== undefined) return repository;
  throw new BackupError(`${root} is in no git repository`, {
    code: 'usage',
    operation: 'find a commit',
    path: root,
    hint: 'Name a backup instead (see `feature-backups list`), or a time such as "2026-01-25 14:46".',
  });
}

function resolveCommit(repository: Repository, commitIsh: string, ports: Ports): Commit {
  const [commit] = readCommits(repository, idsNamed(repository, commitIsh, ports), ports);
  if (commit !== undefined) return commit;
  throw new BackupError(`There is no commit called ${commitIsh}`, {
    code: 'backup-not-found',
    operation: 'find a commit',
    path: repository.workTree,
    hint: 'Any name of a commit will do: its number, a branch, a tag, HEAD~3.',
  });
}

/** One id, or none. */
function idsNamed({ workTree }: Repository, commitIsh: string, ports: Ports): readonly string[] {
  // No name of a commit begins like this, but every option of git does. git 2.29 and older ignore `--end-of-options`.
  if (commitIsh.startsWith('-')) return [];
  const verify = ['rev-parse', '--quiet', '--verify'];
  // In two steps: in `:/some words^{commit}` all of it would be the words.
  const named = gitOutput(workTree, [...verify, commitIsh], ports);
  const id = named === undefined ? undefined : gitOutput(workTree, [...verify, `${named}^{commit}`], ports);
  return id !== undefined && isObjectId(id) ? [id] : [];
}

/** Commits that git has forgotten are left out. */
function readCommits({ workTree }: Repository, ids: readonly string[], ports: Ports): readonly Commit[] {
  // Without an id, git would have nothing to begin with, and fail.
  if (ids.length === 0) return [];
  const args = ['rev-list', '--no-walk=unsorted', '--ignore-missing', '--encoding=UTF-8', '--format=%H %ct %s'];
  const { status, output, errorOutput } = runGit(workTree, [...args, '--stdin'], ports, `${ids.join('\n')}\n`);
  if (status !== 0) {
    throw new BackupError(`git rev-list failed: ${errorOutput}`, {
      code: 'io',
      operation: 'read commits',
      path: workTree,
    });
  }
  return output.split('\n').flatMap(commitIn);
}

/** Before each line of ours, rev-list prints `commit <id>`. */
function commitIn(line: string): readonly Commit[] {
  const [, id, seconds, subject = ''] = /^([0-9a-f]{40,64}) (\d+) (.*)$/.exec(line) ?? [];
  return id === undefined ? [] : [{ id, subject, committedAt: new Date(Number(seconds) * 1000) }];
}
