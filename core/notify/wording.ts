import { basename } from 'node:path';
import type { HealthProblemCode } from '../health/index.js';
import { visible } from '../system/index.js';
import type { Notification, Incident } from './incident.js';

/** What a code says in a subject line, after "my-project: ". */
const TITLES: Readonly<Record<HealthProblemCode, string>> = {
  'database-damaged': 'the database is damaged',
  'database-gone': 'the database is gone',
  'store-unusable': 'the backups cannot be reached',
  'backup-failed': 'a backup failed',
  'drill-failed': 'a restore drill failed',
  'database-shrunk': 'far fewer features than before',
  'backup-overdue': 'no backup for too long',
  'backup-damaged': 'a backup is damaged',
  'metadata-unreadable': 'files of the backups cannot be read',
  'replication-failed': 'a copy elsewhere failed',
  'schedule-unreadable': 'a schedule cannot be read',
  'never-backed-up': 'never backed up',
  'project-gone': 'the project’s folder is gone',
};

/** More would not be read, and some receivers would refuse it. */
export const MAX_LISTED = 100;
const MAX_MESSAGE = 1000;
const MAX_NAME = 80;

/** One line that says what happened, for a mail's subject. */
export function subjectOf({ kind, troubles, over, host }: Notification): string {
  const [first, ...more] = kind === 'over' ? over : troubles;
  if (first === undefined) return `Feature Backups: a test message from ${printable(host)}`;
  const name = nameOf(first);
  const title = TITLES[first.code];
  const what = kind === 'over' ? `over: ${title}` : title;
  if (more.length === 0) return `Feature Backups: ${name}: ${what}`;
  const all = kind === 'over' ? over : troubles;
  const projects = new Set(all.map(({ project }) => project)).size;
  const where = projects === 1 ? name : `${String(projects)} projects`;
  return `Feature Backups: ${where}: ${String(all.length)} troubles${kind === 'over' ? ' are over' : ''}`;
}

/** The whole message, as plain text. Whatever comes from elsewhere is on one line, its control characters escaped. */
export function textOf(notification: Notification): string {
  const { kind, troubles, over, host, openCount } = notification;
  if (kind === 'test') {
    return `This is a test message of Feature Backups on ${printable(host)}: notifications arrive here.\n`;
  }
  const parts = [
    ...section('New:', troubles, ({ severity, message, since }) => [
      `${severity}: ${printable(message, MAX_MESSAGE)}`,
      `since ${since}`,
    ]),
    ...section('Over:', over, ({ since, overAt }) => [`since ${since}, over ${overAt ?? ''}`]),
    openCount === 0
      ? 'Nothing else is open: all is well again.'
      : `Open altogether: ${String(openCount)}. "feature-backups notify status" lists them.`,
    `Sent by Feature Backups on ${printable(host)}.`,
  ];
  return `${parts.join('\n\n')}\n`;
}

function section(
  heading: string,
  incidents: readonly Incident[],
  details: (incident: Incident) => readonly string[],
): readonly string[] {
  if (incidents.length === 0) return [];
  const listed = incidents.slice(0, MAX_LISTED).map((incident) => {
    const { code, project, subject } = incident;
    const about = subject === '' ? '' : ` (${printable(subject, MAX_NAME)})`;
    const lines = [`folder: ${printable(project, MAX_MESSAGE)}`, ...details(incident)];
    return `${nameOf(incident)}: ${TITLES[code]}${about}\n${lines.map((line) => `  ${line}`).join('\n')}`;
  });
  const omitted = incidents.length - listed.length;
  return [heading, ...listed, ...(omitted === 0 ? [] : [`… and ${String(omitted)} more.`])];
}

function nameOf({ project }: Incident): string {
  return printable(basename(project), MAX_NAME);
}

/** Text from a file name or an error on one line: no name can begin a mail's next header or another trouble's line. */
export function printable(text: string, maxLength = Infinity): string {
  const escaped = visible(text);
  return escaped.length <= maxLength ? escaped : `${escaped.slice(0, maxLength).replace(CUT_PAIR, '')}…`;
}

const CUT_PAIR = /[\uD800-\uDBFF]$/;
