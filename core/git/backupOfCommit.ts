import { newestFirst, isOrdinary, isMetadataUnknown, type Backup } from '../store/index.js';
import { readAllBackups, readAllHistory } from '../vault/index.js';
import { BackupError, gitOutput, runGit, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { isObjectId } from './head.js';
import { findRepository, hookFolder } from './repository.js';
import { commitsOf, linkCommits } from './linkCommits.js';
import type { Repository } from './repository.js';

export interface BackupOfCommit {
  readonly backup: Backup;
  readonly commit: Commit;
  /** `link`: its hook made the backup. `time`: no backup is linked; this was the newest one at the time of the commit. */
  readonly found: 'link' | 'time';
}

export interface Commit {
  readonly id: string;
  readonly subject: string;
  readonly committedAt: Date;
}

/**
 * Finds the backup of a commit, given by any name that git accepts. Throws `usage` outside a repository, and
 * `backup-not-found` if the commit does not exist or no backup is that old.
 */
export async function findBackupOfCommit(project: Project, commitIsh: string, ports: Ports): Promise<BackupOfCommit> {
  const repository = repositoryOf(project, ports);
  const commit = resolveCommit(repository, commitIsh, ports);
  await linkPendingCommits(repository, ports);
  const backups = allBackupsOf(project, ports).filter(isOrdinary);
  const linked = backups.find((backup) => commitsOf(backup).includes(commit.id));
  if (linked !== undefined) return { backup: linked, commit, found: 'link' };
  // Commit times have whole seconds.
  const latestMs = commit.committedAt.getTime() + 999;
  const backup = backups.find(({ createdAt }) => createdAt.getTime() <= latestMs);
  if (backup !== undefined) return { backup, commit, found: 'time' };
  throw new BackupError(`No backup exists from commit ${commit.id.slice(0, 12)} (${commit.subject}) or earlier`, {
    code: 'backup-not-found',
    operation: 'find the backup of a commit',
    path: project.storePath,
    hint: 'Run feature-backups list --git to see the commits that have a backup.',
  });
}

/** A commit that is linked to a backup. */
export interface BackedUpCommit extends Commit {
  readonly backup: Backup;
  /** Not reachable from any branch, tag or HEAD: it was amended, rebased or dropped. */
  readonly isAbandoned: boolean;
}

/** The commits with a backup, newest first. Commits that git has deleted are omitted. */
export async function listBackedUpCommits(project: Project, ports: Ports): Promise<readonly BackedUpCommit[]> {
  const repository = repositoryOf(project, ports);
  await linkPendingCommits(repository, ports);
  const backupOf = new Map(
    allBackupsOf(project, ports).flatMap((backup) => commitsOf(backup).map((id) => [id, backup] as const)),
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

/** Includes the history, because the backup of a commit can be archived. */
function allBackupsOf(project: Project, ports: Ports): readonly Backup[] {
  return [...readAllBackups(project, ports).backups, ...readAllHistory(project, ports).states].sort(newestFirst);
}

function abandonedOf({ workTree }: Repository, ids: readonly string[], ports: Ports): readonly string[] {
  const args = ['rev-list', '--ignore-missing', '--stdin', '--not', '--all', 'HEAD'];
  const { status, output } = runGit(workTree, args, ports, `${ids.join('\n')}\n`);
  return status === 0 ? output.split('\n') : [];
}

/** Links the commits that the hooks have recorded. Unreadable metadata of one backup does not affect other commits. */
async function linkPendingCommits({ commonFolder }: Repository, ports: Ports): Promise<void> {
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
  throw new BackupError(`${root} is not in a git repository`, {
    code: 'usage',
    operation: 'find a commit',
    path: root,
    hint: 'Specify a backup instead (see feature-backups list), or a time such as "2026-01-25 14:46".',
  });
}

function resolveCommit(repository: Repository, commitIsh: string, ports: Ports): Commit {
  const [commit] = readCommits(repository, resolveIds(repository, commitIsh, ports), ports);
  if (commit !== undefined) return commit;
  throw new BackupError(`No such commit: ${commitIsh}`, {
    code: 'backup-not-found',
    operation: 'find a commit',
    path: repository.workTree,
    hint: 'Specify a commit id, a branch, a tag, or a name such as HEAD~3.',
  });
}

/** One id, or none. */
function resolveIds({ workTree }: Repository, commitIsh: string, ports: Ports): readonly string[] {
  // A commit name never starts with "-", but an option does. git 2.29 and older ignore `--end-of-options`.
  if (commitIsh.startsWith('-')) return [];
  const verify = ['rev-parse', '--quiet', '--verify'];
  // In two steps, because `:/some words^{commit}` would search for all of that text.
  const named = gitOutput(workTree, [...verify, commitIsh], ports);
  const id = named === undefined ? undefined : gitOutput(workTree, [...verify, `${named}^{commit}`], ports);
  return id !== undefined && isObjectId(id) ? [id] : [];
}

/** Commits that git has deleted are omitted. */
function readCommits({ workTree }: Repository, ids: readonly string[], ports: Ports): readonly Commit[] {
  // git fails without an id.
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
  return output.split('\n').flatMap(parseCommit);
}

/** rev-list prints `commit <id>` before each formatted line. */
function parseCommit(line: string): readonly Commit[] {
  const [, id, seconds, subject = ''] = /^([0-9a-f]{40,64}) (\d+) (.*)$/.exec(line) ?? [];
  return id === undefined ? [] : [{ id, subject, committedAt: new Date(Number(seconds) * 1000) }];
}
