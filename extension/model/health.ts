import type { Backup } from '../../core/backups/types.js';
import type { ProjectState } from './projectState.js';

/** How safe a project's backlog is, worst first. */
export type HealthKind =
  | 'damaged'
  | 'gone'
  | 'shrunk'
  | 'backupFailed'
  | 'lookFailed'
  | 'notWritable'
  | 'noBackups'
  | 'unsaved'
  | 'safe'
  | 'unknown';

export type HealthLevel = 'error' | 'warning' | 'safe' | 'unknown';

export interface Health {
  readonly kind: HealthKind;
  readonly level: HealthLevel;
  readonly project: ProjectState;
}

export interface HealthLimits {
  /** Changes that have not been backed up for this long are a warning; 0 switches it off. */
  readonly unsavedMs: number;
  /** Whether a database that has lost most of its features is an error. */
  readonly watchesShrinkage: boolean;
}

/** Judges one project. Pure: the same state, time and limits give the same answer. */
export function assessHealth(project: ProjectState, now: Date, limits: HealthLimits): Health {
  const kind = kindOf(project, now, limits);
  return { kind, level: LEVELS[kind], project };
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

function kindOf(project: ProjectState, now: Date, limits: HealthLimits): HealthKind {
  return (
    lossOf(project, limits) ??
    failureOf(project) ??
    (project.overview === undefined ? 'unknown' : ageOf(project, now, limits))
  );
}

/** What has become of the live database, as the newest look saw it. */
function lossOf(project: ProjectState, limits: HealthLimits): HealthKind | undefined {
  if (project.lookFailure !== undefined) return undefined;
  const condition = project.overview?.live?.condition;
  if (condition === 'damaged' || condition === 'gone') return condition;
  return condition === 'shrunk' && limits.watchesShrinkage && !isAccepted(project) ? 'shrunk' : undefined;
}

function failureOf({ overview, lookFailure, backupFailure }: ProjectState): HealthKind | undefined {
  if (backupFailure !== undefined) return 'backupFailed';
  if (lookFailure !== undefined || overview?.problem !== undefined) return 'lookFailed';
  return overview?.isStoreWritable === false ? 'notWritable' : undefined;
}

function ageOf({ overview, changedSince }: ProjectState, now: Date, { unsavedMs }: HealthLimits): HealthKind {
  if (overview?.backups.some(({ kind }) => kind === 'ordinary') !== true) return 'noBackups';
  const isLate = changedSince !== undefined && now.getTime() - changedSince.getTime() >= unsavedMs;
  return unsavedMs > 0 && isLate ? 'unsaved' : 'safe';
}

/** The user's word holds until half of what was accepted is lost as well. */
function isAccepted({ acceptedCount, overview }: ProjectState): boolean {
  const total = overview?.live?.counts?.total;
  return acceptedCount !== undefined && total !== undefined && total * 2 >= acceptedCount;
}

const LEVELS: Readonly<Record<HealthKind, HealthLevel>> = {
  damaged: 'error',
  gone: 'error',
  shrunk: 'error',
  backupFailed: 'warning',
  lookFailed: 'warning',
  notWritable: 'warning',
  noBackups: 'warning',
  unsaved: 'warning',
  safe: 'safe',
  unknown: 'unknown',
};

const ORDER: readonly HealthKind[] = [
  'damaged',
  'gone',
  'shrunk',
  'backupFailed',
  'lookFailed',
  'notWritable',
  'noBackups',
  'unsaved',
  'safe',
  'unknown',
];
