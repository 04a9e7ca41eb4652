import { basename } from 'node:path';
import { l10n } from '../words/l10n.js';
import { features } from '../words/amounts.js';
import { plainLine } from '../words/plainText.js';
import { duration } from '../words/times.js';
import type { Health } from './health.js';

/** What is wrong, in a few words: the tree's row and the head of menus. */
export function healthSentence({ kind, project }: Health): string {
  const file = basename(project.overview?.databasePath ?? 'features.db');
  switch (kind) {
    case 'damaged':
      return l10n.t('{0} is damaged', file);
    case 'gone':
      return l10n.t('{0} is gone', file);
    case 'shrunk':
      return l10n.t('{0} has lost most of its features', file);
    case 'backupFailed':
      return l10n.t('The last backup failed');
    case 'lookFailed':
      return l10n.t('{0} could not be looked at', file);
    case 'notWritable':
      return l10n.t('The backup folder cannot be written');
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
export function healthExplanation({ kind, project }: Health, now: Date): string {
  const { overview, backupFailure, lookFailure, changedSince } = project;
  switch (kind) {
    case 'damaged':
      return l10n.t('SQLite can no longer read it: {0}. No backup is deleted while it is so.', firstProblem(project));
    case 'gone':
      return l10n.t('The file was deleted or the project was reset. The backups are still there.');
    case 'shrunk':
      return l10n.t(
        'It now holds {0}; a backup holds {1}. No backup is deleted until you say that this is meant.',
        features(overview?.live?.counts?.total ?? 0),
        features(largestCount(project)),
      );
    case 'backupFailed':
      return withHint(backupFailure?.error);
    case 'lookFailed':
      return withHint(lookFailure ?? overview?.problem);
    case 'notWritable':
      return l10n.t('{0} cannot be written, so no backup can be made.', overview?.storePath ?? '');
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

/** Without the file's whole path, which the sentence has named already. */
function firstProblem({ overview }: Health['project']): string {
  const problem = overview?.live?.problems.at(0) ?? l10n.t('unknown problem');
  const path = overview?.databasePath ?? '';
  return plainLine(path === '' ? problem : problem.replaceAll(path, basename(path))).replace(/\.$/, '');
}

function largestCount({ overview }: Health['project']): number {
  return Math.max(0, ...(overview?.backups ?? []).map((backup) => backup.counts.total ?? 0));
}

function withHint(error: { readonly message: string; readonly hint: string | undefined } | undefined): string {
  return [error?.message, error?.hint].filter((part) => part !== undefined).join('. ');
}
