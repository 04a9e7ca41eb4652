import type { Backup } from '../../core/store/index.js';
import type { HealthProblem, HealthProblemCode } from '../../core/health/index.js';
import type { ProjectState } from './projectState.js';

/** Worst first. */
export type HealthKind =
  | 'damaged'
  | 'gone'
  | 'shrunk'
  | 'drillFailed'
  | 'backupFailed'
  | 'readFailed'
  | 'notWritable'
  | 'overdue'
  | 'replicationFailed'
  | 'noBackups'
  | 'unsaved'
  | 'safe'
  | 'unknown';

export type HealthLevel = 'error' | 'warning' | 'safe' | 'unknown';

export interface Problem {
  readonly kind: HealthKind;
  /** The name of a target, to distinguish problems of one kind; empty otherwise. */
  readonly subject: string;
}

/** The worst problem of a project, or `safe` or `unknown`. */
export interface Health extends Problem {
  readonly level: HealthLevel;
  readonly project: ProjectState;
  /** Worst first. */
  readonly problems: readonly Problem[];
}

export interface HealthLimits {
  /** Age at which unsaved changes become a warning; 0 = never. */
  readonly unsavedMs: number;
  /** Whether a database that has lost most of its features is an error. */
  readonly watchesShrinkage: boolean;
}

export function assessHealth(project: ProjectState, now: Date, limits: HealthLimits): Health {
  const problems = problemsOf(project, now, limits);
  const kind = project.overview === undefined ? 'unknown' : 'safe';
  const [worst = { kind, subject: '' }] = problems;
  return { ...worst, level: LEVELS[worst.kind], project, problems };
}

/** The health of the same project in terms of one of its problems. */
export function healthOf(problem: Problem, { project, problems }: Health): Health {
  return { ...problem, level: LEVELS[problem.kind], project, problems };
}

/** The status bar has one item for all projects. */
export function worstHealth(all: readonly Health[]): Health | undefined {
  return [...all].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)).at(0);
}

/** The newest backup from before the loss, because newer backups may contain the shrunken backlog. */
function backupBeforeLoss({ overview }: ProjectState): Backup | undefined {
  const total = overview?.live?.counts?.total ?? 0;
  return overview?.backups.find(
    ({ kind, counts, metadata }) =>
      kind === 'ordinary' && metadata?.verified?.ok !== false && (counts.total ?? 0) > 2 * total,
  );
}

/** The target for the commands that are offered for this health. */
export function targetOf({ kind, project }: Health): { readonly root: string; readonly id?: string | undefined } {
  return kind === 'shrunk' ? { root: project.root, id: backupBeforeLoss(project)?.id } : { root: project.root };
}

function problemsOf(project: ProjectState, now: Date, limits: HealthLimits): readonly Problem[] {
  const kind = databaseProblemOf(project, limits) ?? failureKindOf(project) ?? overdueProblemOf(project, now, limits);
  const problems: Problem[] = kind === undefined ? [] : [{ kind, subject: '' }];
  for (const [code, failure] of JOB_FAILURES) {
    for (const { subject } of healthProblems(project, code)) problems.push({ kind: failure, subject });
  }
  return problems.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** Recorded job failures, which exist independently of problems of the live database. */
const JOB_FAILURES = [
  ['drill-failed', 'drillFailed'],
  ['replication-failed', 'replicationFailed'],
] as const satisfies readonly (readonly [HealthProblemCode, HealthKind])[];

export function healthProblems({ overview }: ProjectState, code: HealthProblemCode): readonly HealthProblem[] {
  return (overview?.problems ?? []).filter((problem) => problem.code === code);
}

function databaseProblemOf(project: ProjectState, limits: HealthLimits): HealthKind | undefined {
  if (project.refreshFailure !== undefined) return undefined;
  const condition = project.overview?.live?.condition;
  if (condition === 'damaged' || condition === 'gone') return condition;
  return condition === 'shrunk' && limits.watchesShrinkage ? 'shrunk' : undefined;
}

function failureKindOf(project: ProjectState): HealthKind | undefined {
  const { overview, refreshFailure, backupFailure } = project;
  if (backupFailure !== undefined) return 'backupFailed';
  if (refreshFailure !== undefined || overview?.problem !== undefined) return 'readFailed';
  // The failed backup was made by another process, for an agent or a schedule.
  if (healthProblems(project, 'backup-failed').length > 0) return 'backupFailed';
  return overview?.isStoreWritable === false ? 'notWritable' : undefined;
}

function overdueProblemOf(project: ProjectState, now: Date, { unsavedMs }: HealthLimits): HealthKind | undefined {
  const { overview, changedSince } = project;
  if (overview === undefined) return undefined;
  if (!overview.backups.some(({ kind }) => kind === 'ordinary')) return 'noBackups';
  if (healthProblems(project, 'backup-overdue').length > 0) return 'overdue';
  const isLate = changedSince !== undefined && now.getTime() - changedSince.getTime() >= unsavedMs;
  return unsavedMs > 0 && isLate ? 'unsaved' : undefined;
}

const LEVELS: Readonly<Record<HealthKind, HealthLevel>> = {
  damaged: 'error',
  gone: 'error',
  shrunk: 'error',
  // Backups that cannot be restored are worthless.
  drillFailed: 'error',
  backupFailed: 'warning',
  readFailed: 'warning',
  notWritable: 'warning',
  overdue: 'warning',
  replicationFailed: 'warning',
  noBackups: 'warning',
  unsaved: 'warning',
  safe: 'safe',
  unknown: 'unknown',
};

const ORDER: readonly HealthKind[] = [
  'damaged',
  'gone',
  'shrunk',
  'drillFailed',
  'backupFailed',
  'readFailed',
  'notWritable',
  'overdue',
  'replicationFailed',
  'noBackups',
  'unsaved',
  'safe',
  'unknown',
];
