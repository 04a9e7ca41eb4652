import { relative } from 'node:path';
import { featuresInWords } from '../core/database/index.js';
import type { CommitBackup } from '../core/git/index.js';
import { BackupError } from '../core/system/index.js';

/** One line for all backups of a commit, and one or two for each project that could not be backed up. */
export function describeCommitBackups(backups: readonly CommitBackup[], workTree: string): readonly string[] {
  const created = backups.flatMap((backup) => describeCreated(backup, workTree));
  const failures = backups.flatMap((backup) => describeFailure(backup, workTree));
  const summary = created.length === 0 ? [] : [`backed up ${created.join('; ')}`];
  return [...summary, ...failures];
}

function describeCreated({ root, result }: CommitBackup, workTree: string): readonly string[] {
  if (result.status !== 'created') return [];
  const { counts, id } = result.backup;
  const features = counts.total === undefined ? 'the feature database' : featuresInWords(counts);
  const place = relative(workTree, root);
  return [`${features}${place === '' ? '' : ` in ${place}`} (${id})`];
}

function describeFailure({ root, strict, result }: CommitBackup, workTree: string): readonly string[] {
  const failure = failureOf(result);
  if (failure === undefined) return [];
  const place = relative(workTree, root);
  const named = place === '' ? failure : `${place}: ${failure}`;
  if (!strict) return [`${named}; the commit continues`];
  return [
    `${named}; the commit is stopped because the configuration ${isUnread(result) ? 'may be' : 'is'} strict`,
    'run feature-backups status for details, or commit without a backup: FEATURE_BACKUPS=0 git commit …',
  ];
}

/** Whether the configuration is invalid. It then counts as strict unless its `strict` can still be read. */
function isUnread(result: CommitBackup['result']): boolean {
  return result.status === 'failed' && result.error instanceof BackupError && result.error.code === 'configuration';
}

function failureOf(result: CommitBackup['result']): string | undefined {
  if (result.status === 'damaged') {
    const [problem = 'no details'] = result.problems;
    return `the feature database is damaged (${problem}); its files are saved as ${result.emergency.id}`;
  }
  if (result.status !== 'failed') return undefined;
  const { error } = result;
  if (error instanceof BackupError) return `no backup was made: ${error.message.split('\n', 1).join('')}`;
  return `no backup was made because of a bug: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`;
}
