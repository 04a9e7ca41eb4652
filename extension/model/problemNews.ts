import type { Trouble } from '../../core/health/index.js';
import { troublesOf, type Health, type HealthKind, type Problem } from './health.js';

/** What is to be told of a project, and what then counts as told. */
export interface ProblemNews {
  readonly begun: readonly Problem[];
  readonly over: readonly Problem[];
  readonly told: readonly Problem[];
}

/**
 * Compares what a project's problems are with what was told of it. Of a lost database, a failed backup and a late one only
 * the worst is seen, so that none of them is known to be over while another is there; and of what jobs noted nothing is, while
 * those notes cannot be read.
 */
export function problemNews(
  { problems, project }: Pick<Health, 'problems'> & Partial<Pick<Health, 'project'>>,
  told: readonly Problem[],
  isTold: (kind: HealthKind) => boolean,
): ProblemNews {
  const present = problems.filter(({ kind }) => isTold(kind));
  const isMasked = problems.some(({ kind }) => MASKING.has(kind));
  const absent = told.filter((problem) => !includes(present, problem));
  const areNotesUnknown = project !== undefined && troublesOf(project, 'metadata-unreadable').some(isOfJobs);
  const kept = absent.filter(({ kind }) => (isMasked && MASKED.has(kind)) || (areNotesUnknown && NOTED.has(kind)));
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

const NOTED: ReadonlySet<HealthKind> = new Set<HealthKind>(['backupFailed', 'drillFailed', 'replicationFailed']);

function isOfJobs({ subject }: Trouble): boolean {
  return subject === 'jobs';
}

function includes(problems: readonly Problem[], { kind, subject }: Problem): boolean {
  return problems.some((problem) => problem.kind === kind && problem.subject === subject);
}
