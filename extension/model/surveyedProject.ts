import type { TroubleCode } from '../../core/health/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import type { ErrorDescription, Survey } from '../engine/protocol.js';

/** One of all the user's projects, open here or not. */
export interface SurveyedProject {
  readonly known: KnownProject;
  /** The newest look that succeeded; undefined before it. */
  readonly survey: Survey | undefined;
  /** Why the newest look failed; undefined when it did not. */
  readonly failure: ErrorDescription | undefined;
}

/** `empty`: it has no backlog yet. `gone`: there is no such folder, which is told and nobody's fault. */
export type ProjectCondition = 'critical' | 'warning' | 'unknown' | 'well' | 'empty' | 'gone';

export function conditionOfProject({ known, survey, failure }: SurveyedProject): ProjectCondition {
  if (known.status === 'gone') return 'gone';
  if (failure !== undefined) return 'critical';
  if (survey === undefined) return 'unknown';
  if (known.status === 'no-database') return 'empty';
  return survey.troubles.at(0)?.severity ?? 'well';
}

/** Worst first; projects that are as bad as each other by name. */
export function worstProjectsFirst(projects: readonly SurveyedProject[]): readonly SurveyedProject[] {
  return [...projects].sort(
    (a, b) =>
      CONDITIONS.indexOf(conditionOfProject(a)) - CONDITIONS.indexOf(conditionOfProject(b)) ||
      rankOf(a) - rankOf(b) ||
      a.known.name.localeCompare(b.known.name) ||
      a.known.root.localeCompare(b.known.root),
  );
}

const CONDITIONS: readonly ProjectCondition[] = ['critical', 'warning', 'unknown', 'well', 'empty', 'gone'];

function rankOf({ survey }: SurveyedProject): number {
  const code = survey?.troubles.at(0)?.code;
  return code === undefined ? CODES.length : CODES.indexOf(code);
}

/** As the engine orders the troubles of one project. */
const CODES: readonly TroubleCode[] = [
  'database-damaged',
  'database-gone',
  'store-unusable',
  'backup-failed',
  'drill-failed',
  'database-shrunk',
  'backup-overdue',
  'backup-damaged',
  'metadata-unreadable',
  'replication-failed',
  'schedule-unreadable',
  'never-backed-up',
  'project-gone',
];
