import type { HealthProblem, HealthProblemCode } from '../../core/health/index.js';
import { l10n } from './l10n.js';
import { plainLine } from './plainText.js';

type Subject = Pick<HealthProblem, 'code' | 'subject'>;

/** A problem in a few words, the same in every view and notification. */
export function problemTitle({ code, subject }: Subject): string {
  return TITLES[code](plainLine(subject));
}

/** A sentence that reports the problem as resolved. */
export function resolvedSentence(problem: Subject): string {
  const sentence = RESOLVED[problem.code];
  return sentence?.(plainLine(problem.subject)) ?? l10n.t('Resolved: {0}.', problemTitle(problem));
}

const TITLES: Readonly<Record<HealthProblemCode, (subject: string) => string>> = {
  'backups-gone': () => l10n.t('The database and its backups are missing'),
  'database-damaged': () => l10n.t('The database is damaged'),
  'database-gone': () => l10n.t('The database is missing'),
  'store-unusable': () => l10n.t('Could not read the project'),
  'backup-failed': () => l10n.t('Backups are failing'),
  'drill-failed': () => l10n.t('The last test restore failed'),
  'database-shrunk': () => l10n.t('The database has lost most of its features'),
  'other-database': (place) => l10n.t('{0} also contains a backlog', place),
  'backup-overdue': () => l10n.t('Backup overdue'),
  'backup-damaged': (subject) =>
    subject === 'quarantine' ? l10n.t('Damaged backups in quarantine') : l10n.t('The newest backup is damaged'),
  'metadata-unreadable': () => l10n.t('Some backup metadata is unreadable'),
  'replication-failed': (target) => l10n.t('Sync to {0} failed', target),
  'schedule-unreadable': () => l10n.t('The schedule is invalid'),
  'unsafe-file-system': () => l10n.t('The file system is unsafe for this database'),
  'connection-broken': () => l10n.t('A connection no longer makes backups'),
  'not-connected': () => l10n.t('Nothing makes backups automatically'),
  'never-backed-up': () => l10n.t('No backups yet'),
  'project-gone': () => l10n.t('The folder is missing'),
};

const RESOLVED: Partial<Readonly<Record<HealthProblemCode, (subject: string) => string>>> = {
  'backups-gone': () => l10n.t('The database or one of its backups exists again.'),
  'database-damaged': () => l10n.t('The database is no longer damaged.'),
  'database-gone': () => l10n.t('The database is no longer missing.'),
  'database-shrunk': () => l10n.t('The missing features were restored, or the smaller backlog was accepted.'),
  'drill-failed': () => l10n.t('The last test restore succeeded.'),
  'replication-failed': (target) => l10n.t('Sync to {0} works again.', target),
  'connection-broken': () => l10n.t('The connection makes backups again.'),
  'backup-failed': () => l10n.t('The backlog is backed up again.'),
  'backup-overdue': () => l10n.t('The backlog is backed up again.'),
};
