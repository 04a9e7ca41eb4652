import type { HealthProblem, HealthProblemCode, KnownHealth, Severity } from './healthProblem.js';

/** The order within one severity, worst first. */
const RANK: Readonly<Record<HealthProblemCode, number>> = {
  'backups-gone': 0,
  'database-damaged': 1,
  'database-gone': 2,
  'store-unusable': 3,
  'backup-failed': 4,
  'drill-failed': 5,
  'database-shrunk': 6,
  'other-database': 7,
  'backup-overdue': 8,
  'backup-damaged': 9,
  'metadata-unreadable': 10,
  'replication-failed': 11,
  'schedule-unreadable': 12,
  'unsafe-file-system': 13,
  'connection-broken': 14,
  'never-backed-up': 15,
  'project-gone': 16,
  'not-connected': 17,
};

/** Worst first. */
export const PROBLEM_CODES = Object.keys(RANK) as readonly HealthProblemCode[];

type Ranked = Pick<HealthProblem, 'code' | 'severity'>;

/** For sorting: critical first, information last, then by rank. */
export function worstFirst(one: Ranked, other: Ranked): number {
  return SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) || RANK[one.code] - RANK[other.code];
}

/** The worst severity of what needs attention; undefined without problems, or if all are only information. */
export function severityOf(problems: readonly Pick<HealthProblem, 'severity'>[]): AlarmSeverity | undefined {
  return ALARM_SEVERITIES.find((severity) => problems.some((problem) => problem.severity === severity));
}

/** The severities that change an exit code or a colour, and that are sent as notifications. */
export type AlarmSeverity = Exclude<Severity, 'information'>;

const ALARM_SEVERITIES = ['critical', 'warning'] as const satisfies readonly AlarmSeverity[];

/** `unknown`: no problem was found, but some could not be checked. */
export type HealthState = 'ok' | 'unknown' | AlarmSeverity;

/** A project as a whole. */
export function healthState(health: Pick<KnownHealth, 'summary' | 'problems' | 'undetermined'>): HealthState {
  const { summary, problems, undetermined = [] } = health;
  return severityOf(problems) ?? (summary !== undefined && undetermined.length > 0 ? 'unknown' : 'ok');
}

/** Whether the problem needs attention. */
export function isAlarm(problem: Pick<HealthProblem, 'severity'>): boolean {
  return problem.severity !== 'information';
}

const SEVERITIES: readonly Severity[] = [...ALARM_SEVERITIES, 'information'];
