import type { Trouble, TroubleCode } from '../../core/health/index.js';
import { l10n } from './l10n.js';
import { plainLine } from './plainText.js';

/** A trouble in a few words, for a row; its own message is the whole sentence. */
export function troubleWords({ code, subject }: Trouble): string {
  return WORDS[code](plainLine(subject));
}

const WORDS: Readonly<Record<TroubleCode, (subject: string) => string>> = {
  'database-damaged': () => l10n.t('The database is damaged'),
  'database-gone': () => l10n.t('The database is gone'),
  'store-unusable': () => l10n.t('It cannot be looked at'),
  'backup-failed': () => l10n.t('Backups fail'),
  'drill-failed': () => l10n.t('The last restore drill failed'),
  'database-shrunk': () => l10n.t('Most features are gone'),
  'backup-overdue': () => l10n.t('There has been no backup for too long'),
  'backup-damaged': () => l10n.t('The newest backup is damaged'),
  'metadata-unreadable': () => l10n.t('Some files of the backups cannot be read'),
  'replication-failed': (target) => l10n.t('Copying to {0} fails', target),
  'schedule-unreadable': () => l10n.t('A schedule cannot be read'),
  'never-backed-up': () => l10n.t('No backups yet'),
  'project-gone': () => l10n.t('The folder is gone'),
};
