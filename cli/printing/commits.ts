import type { BackedUpCommit, Project } from '../../core/engine.js';
import { visible } from '../../core/system/index.js';
import type { Console } from '../console.js';
import { printTable } from './table.js';
import { age } from './words.js';

const COLUMNS = [
  { title: 'COMMIT' },
  { title: 'COMMITTED' },
  { title: 'SUBJECT' },
  { title: 'FEATURES', align: 'right' },
  { title: 'PASSING', align: 'right' },
  { title: 'BACKUP' },
  { title: 'NOTES' },
] as const;

/** Commits and their backups, newest first; without a terminal: id, time, subject, features, passing, backup, notes. */
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
  printTable(
    console,
    COLUMNS,
    commits.map((commit) => cells(commit, commit.id.slice(0, 10), age(commit.committedAt, now))),
    commits.map((commit) => cells(commit, commit.id, commit.committedAt.toISOString())),
  );
  if (commits.length === 0) {
    console.note('No commits with a backup yet. Run feature-backups install git to back up before every commit.\n');
  }
}

function commitView({ id, subject, committedAt, isAbandoned, backup }: BackedUpCommit) {
  return { commit: id, subject, committedAt: committedAt.toISOString(), isAbandoned, backup: backup.id };
}
