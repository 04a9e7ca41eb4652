import { basename } from 'node:path';
import { l10n } from '../words/l10n.js';
import { plainLine } from '../words/plainText.js';
import { ago } from '../words/times.js';
import type { ProjectState } from './projectState.js';

/** The damage and the next step in plain words, because SQLite's messages require knowledge of its file format. */
export function explainDamage(project: ProjectState, now: Date): string {
  const problems = project.overview?.live?.problems ?? [];
  const pruning = l10n.t('No backups are pruned in the meantime.');
  return [whatIsDamaged(problems), nextStep(project, now), pruning].join(' ');
}

/** The original messages of the checks; empty if the database is not damaged. */
export function damageDetail({ overview }: ProjectState): string {
  if (overview?.live?.condition !== 'damaged') return '';
  const { databasePath, live } = overview;
  // The explanation already names the file.
  return live.problems.map((problem) => plainLine(problem.replaceAll(databasePath, basename(databasePath)))).join('\n');
}

function whatIsDamaged(problems: readonly string[]): string {
  const finding = FINDINGS.find(({ pattern }) => problems.some((problem) => pattern.test(problem)));
  return finding?.words() ?? l10n.t('Parts of its content can no longer be read.');
}

/** Worst first. A damaged index comes late, because the table still has all features. */
const FINDINGS: readonly { readonly pattern: RegExp; readonly words: () => string }[] = [
  {
    pattern: /not a (SQLite )?database|damaged header|file is empty/i,
    words: () => l10n.t('Its content was overwritten; it is no longer a database.'),
  },
  {
    pattern: /shorter than its header/i,
    words: () => l10n.t('The file is truncated: its end is missing.'),
  },
  {
    pattern: /write-ahead log/i,
    words: () =>
      l10n.t(
        'The write-ahead log (-wal), which contains the newest changes, is damaged or belongs to another database.',
      ),
  },
  {
    pattern: /malformed|btreeInitPage|\bpage \d+|\bcell \d+|freelist|rowid \d+ out of order/i,
    words: () => l10n.t('Parts of its content can no longer be read.'),
  },
  {
    pattern: /\bindex\b/i,
    words: () => l10n.t('An index no longer matches its table; the features themselves may be intact.'),
  },
  {
    pattern: /NULL value|constraint|\b(TEXT|NUMERIC|non-\w+) value/i,
    words: () => l10n.t('Some values violate the database’s constraints.'),
  },
];

function nextStep({ overview }: ProjectState, now: Date): string {
  const backups = (overview?.backups ?? []).filter(({ kind }) => kind === 'ordinary');
  const lastGood = backups.find(({ id }) => id === overview?.lastGoodId);
  if (lastGood !== undefined) {
    return l10n.t(
      'Restore the last good backup ({0}); you can keep newer features that are still readable.',
      ago(lastGood.createdAt, now),
    );
  }
  return backups.length === 0
    ? l10n.t('No backups yet. Do not change the file: some features may still be recoverable.')
    : l10n.t('No backup has been verified. Verify all backups, then restore the newest intact one.');
}
