import { newestFirst } from '../backups/backupOrder.js';
import { isOrdinary, readCatalog } from '../backups/catalog.js';
import { listHistory } from '../backups/history/listHistory.js';
import type { Backup } from '../backups/types.js';
import { BackupError } from '../errors.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../ports.js';
import { findRepository, hookFolder } from './repository.js';
import { askGit, runGit } from './runGit.js';
import { commitsOf, tieCommits } from './tieCommits.js';

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
  const commit = resolveCommit(project, commitIsh, ports);
  await settle(project, ports);
  const backups = statesOf(project, ports).filter(isOrdinary);
  const tied = backups.find((backup) => commitsOf(backup).includes(commit.id));
  if (tied !== undefined) return { backup: tied, commit, found: 'tied' };
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
  assertRepository(project, ports);
  await settle(project, ports);
  const backupOf = new Map(
    statesOf(project, ports).flatMap((backup) => commitsOf(backup).map((id) => [id, backup] as const)),
  );
  if (backupOf.size === 0) return [];
  const ids = [...backupOf.keys()].join('\n');
  const args = ['log', '--no-walk=unsorted', '--ignore-missing', `--format=${FORMAT}`, '--stdin'];
  const commits = runLog(project, args, ids, ports);
  const abandoned = new Set(abandonedOf(project, ids, ports));
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

function abandonedOf(project: Project, ids: string, ports: Ports): readonly string[] {
  const args = ['rev-list', '--ignore-missing', '--stdin', '--not', '--all', 'HEAD'];
  const { status, output } = runGit(project.root, args, ports, `${ids}\n`);
  return status === 0 ? output.split('\n') : [];
}

/** Brings the metadata up to what the hooks have noted. */
async function settle(project: Project, ports: Ports): Promise<void> {
  const repository = findRepository(project.root, ports);
  if (repository !== undefined) await tieCommits(hookFolder(repository.commonFolder), ports);
}

const FORMAT = '%H%x00%ct%x00%s';

function assertRepository({ root }: Project, ports: Ports): void {
  if (findRepository(root, ports) !== undefined) return;
  throw new BackupError(`${root} is in no git repository`, {
    code: 'usage',
    operation: 'find a commit',
    path: root,
    hint: 'Name a backup instead (see `feature-backups list`), or a time such as "2026-01-25 14:46".',
  });
}

function resolveCommit(project: Project, commitIsh: string, ports: Ports): Commit {
  assertRepository(project, ports);
  const verify = ['rev-parse', '--quiet', '--verify', '--end-of-options'];
  // In two steps: in `:/some words^{commit}` all of it would be the words.
  const named = askGit(project.root, [...verify, commitIsh], ports);
  const id = named === undefined ? undefined : askGit(project.root, [...verify, `${named}^{commit}`], ports);
  const [commit] = id === undefined ? [] : runLog(project, ['log', '--no-walk', `--format=${FORMAT}`, id], '', ports);
  if (commit !== undefined) return commit;
  throw new BackupError(`There is no commit called ${commitIsh}`, {
    code: 'backup-not-found',
    operation: 'find a commit',
    path: project.root,
    hint: 'Any name of a commit will do: its number, a branch, a tag, HEAD~3.',
  });
}

function runLog(project: Project, args: readonly string[], input: string, ports: Ports): readonly Commit[] {
  const { status, output, complaint } = runGit(project.root, args, ports, input);
  if (status !== 0) {
    throw new BackupError(`git log failed: ${complaint}`, {
      code: 'io',
      operation: 'read commits',
      path: project.root,
    });
  }
  return output
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [id = '', seconds = '', subject = ''] = line.split('\0');
      return { id, subject, committedAt: new Date(Number(seconds) * 1000) };
    });
}
