import { relative } from 'node:path';
import type { CommitBackup } from '../core/git/index.js';
import { BackupError } from '../core/system/index.js';

/** What a commit has to say for itself: one line for all that was backed up, one for each project in trouble. */
export function describeCommitBackups(backups: readonly CommitBackup[], workTree: string): readonly string[] {
  const made = backups.flatMap((backup) => describeMade(backup, workTree));
  const troubles = backups.flatMap((backup) => describeTrouble(backup, workTree));
  const summary = made.length === 0 ? [] : [`backed up ${made.join('; ')}`];
  return [...summary, ...troubles];
}

function describeMade({ root, result }: CommitBackup, workTree: string): readonly string[] {
  if (result.status !== 'created') return [];
  const { counts, id } = result.backup;
  const features = counts.total === undefined ? 'the feature database' : `${counts.total} features`;
  const passing = counts.passing === undefined ? '' : `, ${counts.passing} passing`;
  const place = relative(workTree, root);
  return [`${features}${passing}${place === '' ? '' : ` of ${place}`} (${id})`];
}

function describeTrouble({ root, strict, result }: CommitBackup, workTree: string): readonly string[] {
  const trouble = troubleOf(result);
  if (trouble === undefined) return [];
  const place = relative(workTree, root);
  const named = place === '' ? trouble : `${place}: ${trouble}`;
  if (!strict) return [`${named}; the commit goes on`];
  return [
    `${named}; the commit is stopped, for the configuration ${isUnread(result) ? 'may say' : 'says'} "strict"`,
    'look with `feature-backups status` and `feature-backups verify`; to commit all the same: FEATURE_BACKUPS=0 git commit …',
  ];
}

/** A configuration with a mistake counts as strict unless it clearly says otherwise. */
function isUnread(result: CommitBackup['result']): boolean {
  return result.status === 'failed' && result.error instanceof BackupError && result.error.code === 'configuration';
}

function troubleOf(result: CommitBackup['result']): string | undefined {
  if (result.status === 'damaged') {
    const [problem = 'SQLite does not say how'] = result.problems;
    return `the feature database is damaged (${problem}); what there is of it was kept as ${result.emergency.id}`;
  }
  if (result.status !== 'failed') return undefined;
  const { error } = result;
  if (error instanceof BackupError) return `no backup was made: ${error.message.split('\n', 1).join('')}`;
  return `no backup was made, because of a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
