import { basename } from 'node:path';
import type { TroubleCode } from '../../core/health/index.js';
import { l10n } from '../words/l10n.js';
import { features } from '../words/amounts.js';
import { plainLine } from '../words/plainText.js';
import { duration } from '../words/times.js';
import { damageExplanation } from './damageWords.js';
import { troublesOf, type Health } from './health.js';

/** What is wrong, in a few words: the tree's row and the head of menus. */
export function healthSentence({ kind, subject, project }: Health): string {
  const file = databaseName(project);
  switch (kind) {
    case 'damaged':
      return l10n.t('{0} is damaged', file);
    case 'gone':
      return l10n.t('{0} is gone', file);
    case 'shrunk':
      return l10n.t('{0} has lost most of its features', file);
    case 'drillFailed':
      return l10n.t('The last restore drill failed');
    case 'backupFailed':
      return l10n.t('The last backup failed');
    case 'lookFailed':
      return l10n.t('{0} could not be looked at', file);
    case 'notWritable':
      return l10n.t('The backup folder cannot be written');
    case 'overdue':
      return l10n.t('There has been no backup for too long');
    case 'replicationFailed':
      return l10n.t('Copying to {0} fails', plainLine(subject));
    case 'noBackups':
      return l10n.t('No backups yet');
    case 'unsaved':
      return l10n.t('Changes are not backed up');
    case 'safe':
      return l10n.t('The backlog is safe');
    case 'unknown':
      return l10n.t('Looking at the backlog …');
  }
}

/** What it means and what helps, in a sentence or two. */
export function healthExplanation({ kind, subject, project }: Health, now: Date): string {
  const { overview, backupFailure, lookFailure, changedSince } = project;
  switch (kind) {
    case 'damaged':
      return damageExplanation(project, now);
    case 'gone':
      return l10n.t('The file was deleted or the project was reset. The backups are still there.');
    case 'shrunk':
      return l10n.t(
        'It now holds {0}; a backup holds {1}. No backup is deleted until you say that this is meant.',
        features(overview?.live?.counts?.total ?? 0),
        features(largestCount(project)),
      );
    case 'drillFailed':
      return noted(project, 'drill-failed', subject);
    case 'backupFailed':
      return backupFailure === undefined ? noted(project, 'backup-failed', subject) : withHint(backupFailure.error);
    case 'lookFailed':
      return withHint(lookFailure ?? overview?.problem);
    case 'notWritable':
      return l10n.t('{0} cannot be written, so no backup can be made.', plainLine(overview?.storePath ?? ''));
    case 'overdue':
      return noted(project, 'backup-overdue', subject);
    case 'replicationFailed':
      return noted(project, 'replication-failed', subject);
    case 'noBackups':
      return l10n.t('The first is made when the backlog changes, or now.');
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

/** That it is over, in a sentence. */
export function recoverySentence({ kind, subject, project }: Pick<Health, 'kind' | 'subject' | 'project'>): string {
  const file = databaseName(project);
  switch (kind) {
    case 'damaged':
      return l10n.t('{0} is whole again.', file);
    case 'gone':
      return l10n.t('{0} is there again.', file);
    case 'shrunk':
      return l10n.t('{0} has its features again, or fewer are meant.', file);
    case 'drillFailed':
      return l10n.t('A restore drill has succeeded again.');
    case 'replicationFailed':
      return l10n.t('Copying to {0} works again.', plainLine(subject));
    default:
      return l10n.t('The backlog is backed up again.');
  }
}

function databaseName({ overview }: Health['project']): string {
  return plainLine(basename(overview?.databasePath ?? 'features.db'));
}

/** As the engine tells it, which names the reason and since when. */
function noted(project: Health['project'], code: TroubleCode, subject: string): string {
  return plainLine(troublesOf(project, code).find((trouble) => trouble.subject === subject)?.message ?? '');
}

function largestCount({ overview }: Health['project']): number {
  return Math.max(0, ...(overview?.backups ?? []).map((backup) => backup.counts.total ?? 0));
}

function withHint(error: { readonly message: string; readonly hint: string | undefined } | undefined): string {
  return plainLine([error?.message, error?.hint].filter((part) => part !== undefined).join('. '));
}
