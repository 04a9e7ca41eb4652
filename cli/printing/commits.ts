import type { BackedUpCommit, Project } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { age } from './words.js';

const COLUMNS = [
  { title: 'COMMIT' },
  { title: 'MADE' },
  { title: 'SUBJECT' },
  { title: 'FEATURES', align: 'right' },
  { title: 'PASSING', align: 'right' },
  { title: 'BACKUP' },
  { title: 'NOTES' },
] as const;

/** Commits and their backups, newest first; in a pipe: whole id, time, subject, features, passing, backup, notes. */
export function printCommits(commits: readonly BackedUpCommit[], project: Project, console: Console): void {
  const now = console.ports.now();
  const cells = ({ subject, backup, isAbandoned }: BackedUpCommit, id: string, made: string): readonly string[] => [
    id,
    made,
    visible(subject),
    String(backup.counts.total ?? '?'),
    String(backup.counts.passing ?? '?'),
    visible(backup.id),
    isAbandoned ? 'rewritten or dropped' : '',
  ];
  console.printJson({ project: project.root, commits: commits.map(commitView) });
  console.printTable(
    COLUMNS,
    commits.map((commit) => cells(commit, commit.id.slice(0, 10), age(commit.committedAt, now))),
    commits.map((commit) => cells(commit, commit.id, commit.committedAt.toISOString())),
  );
  if (commits.length === 0) {
    console.note('No commit is tied to a backup yet: feature-backups install git has git do that.\n');
  }
}

function commitView({ id, subject, committedAt, isAbandoned, backup }: BackedUpCommit) {
  return { commit: id, subject, committedAt: committedAt.toISOString(), isAbandoned, backup: backup.id };
}
