import type { Severity, HealthProblem, HealthProblemCode } from './healthProblem.js';

/** Order within one severity; the smaller, the worse. */
const RANK: Readonly<Record<HealthProblemCode, number>> = {
  'backups-gone': 0,
  'database-damaged': 1,
  'database-gone': 2,
  'store-unusable': 3,
  'backup-failed': 4,
  'drill-failed': 5,
  'database-shrunk': 6,
  'backup-overdue': 7,
  'backup-damaged': 8,
  'metadata-unreadable': 9,
  'replication-failed': 10,
  'schedule-unreadable': 11,
  'never-backed-up': 12,
  'project-gone': 13,
};

/** Worst first. */
export const PROBLEM_CODES = Object.keys(RANK) as readonly HealthProblemCode[];

/** For sorting: critical before warning, then by rank. */
export function worstFirst(one: HealthProblem, other: HealthProblem): number {
  return severityRank(one) - severityRank(other) || RANK[one.code] - RANK[other.code];
}

/** The worst severity; undefined without problems. */
export function severityOf(problems: readonly HealthProblem[]): Severity | undefined {
  return problems.toSorted(worstFirst).at(0)?.severity;
}

function severityRank({ severity }: HealthProblem): number {
  return severity === 'critical' ? 0 : 1;
}
