import { basename } from 'node:path';
import type { HealthProblemCode } from '../health/index.js';
import { visible } from '../system/index.js';
import type { Notification, Incident } from './incident.js';

/** Titles in a subject line, which follow "my-project: ". */
const TITLES: Readonly<Record<HealthProblemCode, string>> = {
  'backups-gone': 'the database and its backups are missing',
  'database-damaged': 'the database is damaged',
  'database-gone': 'the database is missing',
  'store-unusable': 'the backups cannot be read',
  'backup-failed': 'a backup failed',
  'drill-failed': 'a restore drill failed',
  'database-shrunk': 'the database has lost most of its features',
  'other-database': 'another database contains more or newer features',
  'backup-overdue': 'no backup for too long',
  'backup-damaged': 'a backup is damaged',
  'metadata-unreadable': 'some backup metadata is unreadable',
  'replication-failed': 'a sync to a target failed',
  'schedule-unreadable': 'a schedule is invalid',
  'unsafe-file-system': 'the database is on a file system where WAL mode is unsafe',
  'connection-broken': 'a connection no longer makes backups',
  'not-connected': 'nothing makes backups automatically',
  'never-backed-up': 'never backed up',
  'project-gone': 'the folder is missing',
};

/** Some receivers refuse longer messages. */
export const MAX_LISTED = 100;
const MAX_MESSAGE_LENGTH = 1000;
const MAX_NAME_LENGTH = 80;

/** The subject of a mail. */
export function subjectOf({ kind, opened, resolved, host }: Notification): string {
  const isResolved = kind === 'resolved';
  const incidents = isResolved ? resolved : opened;
  const [first, ...more] = incidents;
  if (first === undefined) return `Feature Backups: test message from ${printable(host)}`;
  const name = nameOf(first);
  const title = TITLES[first.code];
  if (more.length === 0) return `Feature Backups: ${name}: ${isResolved ? `resolved: ${title}` : title}`;
  const projects = new Set(incidents.map(({ project }) => project)).size;
  const where = projects === 1 ? name : `${String(projects)} projects`;
  return `Feature Backups: ${where}: ${String(incidents.length)} incidents${isResolved ? ' resolved' : ''}`;
}

/** The message as plain text. Names and error texts are put on one line, with control characters escaped. */
export function textOf(notification: Notification): string {
  const { kind, opened, resolved, host, openCount } = notification;
  if (kind === 'test') {
    return `This is a test message from Feature Backups on ${printable(host)}. Notifications arrive here.\n`;
  }
  const parts = [
    ...section('New:', opened, ({ severity, message, since }) => [
      `${severity}: ${printable(message, MAX_MESSAGE_LENGTH)}`,
      `since ${since}`,
    ]),
    ...section('Resolved:', resolved, ({ since, resolvedAt }) => [`since ${since}, resolved ${resolvedAt ?? ''}`]),
    openCount === 0
      ? 'No incidents are open.'
      : `Open incidents: ${String(openCount)}. Run "feature-backups notify status" to list them.`,
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
    const about = subject === '' ? '' : ` (${printable(subject, MAX_NAME_LENGTH)})`;
    const lines = [`folder: ${printable(project, MAX_MESSAGE_LENGTH)}`, ...details(incident)];
    return `${nameOf(incident)}: ${TITLES[code]}${about}\n${lines.map((line) => `  ${line}`).join('\n')}`;
  });
  const omitted = incidents.length - listed.length;
  return [heading, ...listed, ...(omitted === 0 ? [] : [`… and ${String(omitted)} more.`])];
}

function nameOf({ project }: Incident): string {
  return printable(basename(project), MAX_NAME_LENGTH);
}

/** Puts a file name or error text on one line, so it cannot inject a mail header or another incident. */
export function printable(text: string, maxLength = Infinity): string {
  const escaped = visible(text);
  return escaped.length <= maxLength ? escaped : `${escaped.slice(0, maxLength).replace(CUT_PAIR, '')}…`;
}

const CUT_PAIR = /[\uD800-\uDBFF]$/;
