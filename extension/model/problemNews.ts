import type { Trouble } from '../../core/health/index.js';
import { troublesOf, type Health, type HealthKind, type Problem } from './health.js';

/** Which problems to report as opened and resolved, and which count as reported afterwards. */
export interface ProblemNews {
  readonly begun: readonly Problem[];
  readonly over: readonly Problem[];
  readonly told: readonly Problem[];
}

/**
 * Compares the problems of a project with those that were reported. A masked problem cannot be known to be resolved while a
 * worse one is present, and neither can a job failure while the records of jobs are unreadable.
 */
export function problemNews(
  { problems, project }: Pick<Health, 'problems'> & Partial<Pick<Health, 'project'>>,
  told: readonly Problem[],
  isTold: (kind: HealthKind) => boolean,
): ProblemNews {
  const present = problems.filter(({ kind }) => isTold(kind));
  const isMasked = problems.some(({ kind }) => MASKING.has(kind));
  const absent = told.filter((problem) => !includes(present, problem));
  const areJobsUnknown = project !== undefined && troublesOf(project, 'metadata-unreadable').some(isOfJobs);
  const kept = absent.filter(
    ({ kind }) => (isMasked && MASKED.has(kind)) || (areJobsUnknown && JOB_FAILURES.has(kind)),
  );
  return {
    begun: present.filter((problem) => !includes(told, problem)),
    over: absent.filter((problem) => !kept.includes(problem)),
    told: [...present, ...kept],
  };
}

const MASKING: ReadonlySet<HealthKind> = new Set<HealthKind>([
  'damaged',
  'gone',
  'shrunk',
  'backupFailed',
  'lookFailed',
  'notWritable',
]);

const MASKED: ReadonlySet<HealthKind> = new Set<HealthKind>(['damaged', 'gone', 'shrunk', 'backupFailed', 'overdue']);

const JOB_FAILURES: ReadonlySet<HealthKind> = new Set<HealthKind>(['backupFailed', 'drillFailed', 'replicationFailed']);

function isOfJobs({ subject }: Trouble): boolean {
  return subject === 'jobs';
}

function includes(problems: readonly Problem[], { kind, subject }: Problem): boolean {
  return problems.some((problem) => problem.kind === kind && problem.subject === subject);
}
