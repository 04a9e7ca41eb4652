import { basename } from 'node:path';
import type { HealthProblemCode } from '../../core/health/index.js';
import { l10n } from '../words/l10n.js';
import { features } from '../words/amounts.js';
import { engineText } from '../words/engineText.js';
import { plainLine } from '../words/plainText.js';
import { duration } from '../words/times.js';
import { explainDamage } from './damageWords.js';
import { healthProblems, type Health } from './health.js';

/** The problem in a few words, for rows and titles. */
export function healthSentence({ kind, subject, project }: Health): string {
  const file = databaseName(project);
  switch (kind) {
    case 'damaged':
      return l10n.t('{0} is damaged', file);
    case 'gone':
      return l10n.t('{0} is missing', file);
    case 'shrunk':
      return l10n.t('{0} has lost most of its features', file);
    case 'drillFailed':
      return l10n.t('The last test restore failed');
    case 'backupFailed':
      return l10n.t('The last backup failed');
    case 'readFailed':
      return l10n.t('Could not read {0}', file);
    case 'notWritable':
      return l10n.t('The backup folder is not writable');
    case 'overdue':
      return l10n.t('Backup overdue');
    case 'replicationFailed':
      return l10n.t('Sync to {0} failed', plainLine(subject));
    case 'noBackups':
      return l10n.t('No backups yet');
    case 'unsaved':
      return l10n.t('Changes not backed up');
    case 'safe':
      return l10n.t('No problems');
    case 'unknown':
      return l10n.t('Checking the backlog…');
  }
}

/** The cause and the next step, in a sentence or two. */
export function healthExplanation({ kind, subject, project }: Health, now: Date): string {
  const { overview, backupFailure, refreshFailure, changedSince } = project;
  switch (kind) {
    case 'damaged':
      return explainDamage(project, now);
    case 'gone':
      return l10n.t('The file was deleted or the project was reset. The backups are still available.');
    case 'shrunk':
      return l10n.t(
        'It now has {0}; a backup has {1}. No backups are pruned until you restore one or accept the smaller backlog.',
        features(overview?.live?.counts?.total ?? 0),
        features(largestCount(project)),
      );
    case 'drillFailed':
      return recorded(project, 'drill-failed', subject);
    case 'backupFailed':
      return backupFailure === undefined ? recorded(project, 'backup-failed', subject) : withHint(backupFailure.error);
    case 'readFailed':
      return withHint(refreshFailure ?? overview?.problem);
    case 'notWritable':
      return l10n.t('Backups cannot be made because {0} is not writable.', plainLine(overview?.storePath ?? ''));
    case 'overdue':
      return recorded(project, 'backup-overdue', subject);
    case 'replicationFailed':
      return recorded(project, 'replication-failed', subject);
    case 'noBackups':
      return l10n.t('The first backup is made when the backlog changes.');
    case 'unsaved':
      return l10n.t(
        'The backlog changed {0} ago and has not been backed up since.',
        duration(now.getTime() - (changedSince ?? now).getTime()),
      );
    case 'safe':
    case 'unknown':
      return '';
  }
}

/** A sentence that reports the problem as resolved. */
export function recoverySentence({ kind, subject, project }: Pick<Health, 'kind' | 'subject' | 'project'>): string {
  const file = databaseName(project);
  switch (kind) {
    case 'damaged':
      return l10n.t('{0} is no longer damaged.', file);
    case 'gone':
      return l10n.t('{0} is no longer missing.', file);
    case 'shrunk':
      return l10n.t('{0} has its features back, or the smaller backlog was accepted.', file);
    case 'drillFailed':
      return l10n.t('The last test restore succeeded.');
    case 'replicationFailed':
      return l10n.t('Sync to {0} works again.', plainLine(subject));
    default:
      return l10n.t('The backlog is backed up again.');
  }
}

function databaseName({ overview }: Health['project']): string {
  return plainLine(basename(overview?.databasePath ?? 'features.db'));
}

/** The engine's message, which gives the reason and the time of the first failure. */
function recorded(project: Health['project'], code: HealthProblemCode, subject: string): string {
  const message = healthProblems(project, code).find((problem) => problem.subject === subject)?.message;
  return message === undefined ? '' : plainLine(engineText(message));
}

function largestCount({ overview }: Health['project']): number {
  return Math.max(0, ...(overview?.backups ?? []).map((backup) => backup.counts.total ?? 0));
}

function withHint(error: { readonly message: string; readonly hint: string | undefined } | undefined): string {
  return error === undefined ? '' : plainLine(engineText(error.message, error.hint));
}
