import type { Severity, HealthProblem, HealthProblemCode } from './healthProblem.js';

/** Order within one severity; the smaller, the worse. */
const RANK: Readonly<Record<HealthProblemCode, number>> = {
  'database-damaged': 0,
  'database-gone': 1,
  'store-unusable': 2,
  'backup-failed': 3,
  'drill-failed': 4,
  'database-shrunk': 5,
  'backup-overdue': 6,
  'backup-damaged': 7,
  'metadata-unreadable': 8,
  'replication-failed': 9,
  'schedule-unreadable': 10,
  'never-backed-up': 11,
  'project-gone': 12,
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
