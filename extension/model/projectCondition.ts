import { severityOf, worstFirst, type HealthProblem } from '../../core/health/index.js';
import type { ErrorDescription } from '../engine/protocol.js';
import type { ProjectState } from './projectState.js';

/**
 * `unknown`: the last check did not finish. `unchecked`: no check has finished yet. `empty`: no backlog yet. `gone`: the
 * folder is missing, which is shown but not an error.
 */
export type ProjectCondition = (typeof WORST_FIRST)[number];

/** In the order of `check`: a project that could not be checked may have any problem. */
const WORST_FIRST = ['critical', 'unknown', 'warning', 'unchecked', 'healthy', 'empty', 'gone'] as const;

/** The condition of a project of this window. */
export function conditionOf(project: ProjectState): ProjectCondition {
  const { overview, problems } = project;
  const severity = severityOf(problems);
  if (severity === 'critical') return severity;
  if (checkFailureOf(project) !== undefined) return 'unknown';
  return severity ?? (overview === undefined && problems.length === 0 ? 'unchecked' : 'healthy');
}

/** Why the current condition of the project is unknown: its check did not finish, or its database is busy. */
export function checkFailureOf({ checkFailure, overview, problems }: ProjectState): ErrorDescription | undefined {
  // A database that cannot be read for another reason is a problem of its own.
  const isReported = problems.some(({ code }) => code === 'backup-failed' || code === 'store-unusable');
  return checkFailure ?? (isReported ? undefined : overview?.problem);
}

interface Conditioned {
  readonly condition: ProjectCondition;
  /** Worst first. */
  readonly problems: readonly HealthProblem[];
}

/** For sorting projects, the worst first. */
export function worstConditionFirst(one: Conditioned, other: Conditioned): number {
  const byCondition = WORST_FIRST.indexOf(one.condition) - WORST_FIRST.indexOf(other.condition);
  const [a, b] = [one.problems[0], other.problems[0]];
  if (byCondition !== 0 || (a === undefined && b === undefined)) return byCondition;
  if (a === undefined || b === undefined) return a === undefined ? 1 : -1;
  return worstFirst(a, b);
}

/** The one that the status bar shows. */
export function worstProject(projects: readonly ProjectState[]): ProjectState | undefined {
  const rank = (project: ProjectState) => ({ condition: conditionOf(project), problems: project.problems });
  return projects.toSorted((a, b) => worstConditionFirst(rank(a), rank(b)))[0];
}
