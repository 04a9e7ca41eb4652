import type { HealthProblem } from '../../core/health/index.js';
import { healthProblems, type Health, type HealthKind, type Problem } from './health.js';

/** Which problems to report as opened and resolved, and which count as reported afterwards. */
export interface ProblemChanges {
  readonly opened: readonly Problem[];
  readonly resolved: readonly Problem[];
  readonly notified: readonly Problem[];
}

/**
 * Compares the problems of a project with those that were reported. A masked problem cannot be known to be resolved while a
 * worse one is present, and neither can a job failure while the records of jobs are unreadable.
 */
export function problemChanges(
  { problems, project }: Pick<Health, 'problems'> & Partial<Pick<Health, 'project'>>,
  notified: readonly Problem[],
  isNotified: (kind: HealthKind) => boolean,
): ProblemChanges {
  const present = problems.filter(({ kind }) => isNotified(kind));
  const isMasked = problems.some(({ kind }) => MASKING.has(kind));
  const absent = notified.filter((problem) => !includes(present, problem));
  const areJobsUnknown = project !== undefined && healthProblems(project, 'metadata-unreadable').some(isOfJobs);
  const kept = absent.filter(
    ({ kind }) => (isMasked && MASKED.has(kind)) || (areJobsUnknown && JOB_FAILURES.has(kind)),
  );
  return {
    opened: present.filter((problem) => !includes(notified, problem)),
    resolved: absent.filter((problem) => !kept.includes(problem)),
    notified: [...present, ...kept],
  };
}

const MASKING: ReadonlySet<HealthKind> = new Set<HealthKind>([
  'damaged',
  'gone',
  'shrunk',
  'backupFailed',
  'readFailed',
  'notWritable',
]);

const MASKED: ReadonlySet<HealthKind> = new Set<HealthKind>(['damaged', 'gone', 'shrunk', 'backupFailed', 'overdue']);

const JOB_FAILURES: ReadonlySet<HealthKind> = new Set<HealthKind>(['backupFailed', 'drillFailed', 'replicationFailed']);

function isOfJobs({ subject }: HealthProblem): boolean {
  return subject === 'jobs';
}

function includes(problems: readonly Problem[], { kind, subject }: Problem): boolean {
  return problems.some((problem) => problem.kind === kind && problem.subject === subject);
}
