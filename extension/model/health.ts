import type { Backup } from '../../core/store/index.js';
import type { Trouble, TroubleCode } from '../../core/health/index.js';
import type { ProjectState } from './projectState.js';

/** How safe a project's backlog is, worst first. */
export type HealthKind =
  | 'damaged'
  | 'gone'
  | 'shrunk'
  | 'drillFailed'
  | 'backupFailed'
  | 'lookFailed'
  | 'notWritable'
  | 'overdue'
  | 'replicationFailed'
  | 'noBackups'
  | 'unsaved'
  | 'safe'
  | 'unknown';

export type HealthLevel = 'error' | 'warning' | 'safe' | 'unknown';

/** One of the things that are wrong with a project at the same time. */
export interface Problem {
  readonly kind: HealthKind;
  /** What tells two of one kind apart: the name of a target; else empty. */
  readonly subject: string;
}

/** How a project is: the worst of its problems, or that it has none. */
export interface Health extends Problem {
  readonly level: HealthLevel;
  readonly project: ProjectState;
  /** Worst first; empty where all is well, or nothing is known yet. */
  readonly problems: readonly Problem[];
}

export interface HealthLimits {
  /** Changes that have not been backed up for this long are a warning; 0 switches it off. */
  readonly unsavedMs: number;
  /** Whether a database that has lost most of its features is an error. */
  readonly watchesShrinkage: boolean;
}

/** Judges one project. Pure: the same state, time and limits give the same answer. */
export function assessHealth(project: ProjectState, now: Date, limits: HealthLimits): Health {
  const problems = problemsOf(project, now, limits);
  const kind = project.overview === undefined ? 'unknown' : 'safe';
  const [worst = { kind, subject: '' }] = problems;
  return { ...worst, level: LEVELS[worst.kind], project, problems };
}

/** The same project, with only this one of its problems looked at. */
export function healthOf(problem: Problem, { project, problems }: Health): Health {
  return { ...problem, level: LEVELS[problem.kind], project, problems };
}

/** The one that matters most, for the one status bar item. */
export function worstHealth(all: readonly Health[]): Health | undefined {
  return [...all].sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind)).at(0);
}

/** Of a shrunken backlog: the newest backup from before the loss. The newest of all may hold the loss itself. */
function backupBeforeLoss({ overview }: ProjectState): Backup | undefined {
  const total = overview?.live?.counts?.total ?? 0;
  return overview?.backups.find(
    ({ kind, counts, metadata }) =>
      kind === 'ordinary' && metadata?.verified?.ok !== false && (counts.total ?? 0) > 2 * total,
  );
}

/** What the commands that are offered for this state are called on. */
export function targetOf({ kind, project }: Health): { readonly root: string; readonly id?: string | undefined } {
  return kind === 'shrunk' ? { root: project.root, id: backupBeforeLoss(project)?.id } : { root: project.root };
}

function problemsOf(project: ProjectState, now: Date, limits: HealthLimits): readonly Problem[] {
  const kind = lossOf(project, limits) ?? failureOf(project) ?? ageOf(project, now, limits);
  const problems: Problem[] = kind === undefined ? [] : [{ kind, subject: '' }];
  for (const [code, noted] of NOTED) {
    for (const { subject } of troublesOf(project, code)) problems.push({ kind: noted, subject });
  }
  return problems.sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
}

/** What the store has noted of jobs, and is so beside whatever is wrong with the live database. */
const NOTED = [
  ['drill-failed', 'drillFailed'],
  ['replication-failed', 'replicationFailed'],
] as const satisfies readonly (readonly [TroubleCode, HealthKind])[];

export function troublesOf({ overview }: ProjectState, code: TroubleCode): readonly Trouble[] {
  return (overview?.troubles ?? []).filter((trouble) => trouble.code === code);
}

/** What has become of the live database, as the newest look saw it. */
function lossOf(project: ProjectState, limits: HealthLimits): HealthKind | undefined {
  if (project.lookFailure !== undefined) return undefined;
  const condition = project.overview?.live?.condition;
  if (condition === 'damaged' || condition === 'gone') return condition;
  return condition === 'shrunk' && limits.watchesShrinkage ? 'shrunk' : undefined;
}

function failureOf(project: ProjectState): HealthKind | undefined {
  const { overview, lookFailure, backupFailure } = project;
  if (backupFailure !== undefined) return 'backupFailed';
  if (lookFailure !== undefined || overview?.problem !== undefined) return 'lookFailed';
  // An agent's or a scheduled one, in another process.
  if (troublesOf(project, 'backup-failed').length > 0) return 'backupFailed';
  return overview?.isStoreWritable === false ? 'notWritable' : undefined;
}

function ageOf(project: ProjectState, now: Date, { unsavedMs }: HealthLimits): HealthKind | undefined {
  const { overview, changedSince } = project;
  if (overview === undefined) return undefined;
  if (!overview.backups.some(({ kind }) => kind === 'ordinary')) return 'noBackups';
  if (troublesOf(project, 'backup-overdue').length > 0) return 'overdue';
  const isLate = changedSince !== undefined && now.getTime() - changedSince.getTime() >= unsavedMs;
  return unsavedMs > 0 && isLate ? 'unsaved' : undefined;
}

const LEVELS: Readonly<Record<HealthKind, HealthLevel>> = {
  damaged: 'error',
  gone: 'error',
  shrunk: 'error',
  // Copies that cannot be brought back are none, however good they look.
  drillFailed: 'error',
  backupFailed: 'warning',
  lookFailed: 'warning',
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
  'lookFailed',
  'notWritable',
  'overdue',
  'replicationFailed',
  'noBackups',
  'unsaved',
  'safe',
  'unknown',
];
