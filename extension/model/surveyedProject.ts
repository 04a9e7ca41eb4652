import type { HealthProblemCode } from '../../core/health/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import type { ErrorDescription, ProjectSurvey } from '../engine/protocol.js';

/** A known project of the user, open in this window or not. */
export interface SurveyedProject {
  readonly known: KnownProject;
  /** The last successful check. */
  readonly survey: ProjectSurvey | undefined;
  /** Undefined if the last check succeeded. */
  readonly failure: ErrorDescription | undefined;
}

/** `empty`: no backlog yet. `gone`: the folder is missing, which is shown but not an error. */
export type ProjectCondition = 'critical' | 'warning' | 'unknown' | 'healthy' | 'empty' | 'gone';

export function conditionOfProject({ known, survey, failure }: SurveyedProject): ProjectCondition {
  const severity = survey?.problems.at(0)?.severity;
  const worst = severity === 'information' ? undefined : severity;
  // A project that was deleted together with its backups is a loss.
  if (known.status === 'gone' && worst !== 'critical') return 'gone';
  if (failure !== undefined) return 'critical';
  if (survey === undefined) return 'unknown';
  if (known.status === 'no-database' && worst === undefined) return 'empty';
  return worst ?? 'healthy';
}

/** Worst first, then by name. */
export function worstProjectsFirst(projects: readonly SurveyedProject[]): readonly SurveyedProject[] {
  return [...projects].sort(
    (a, b) =>
      CONDITIONS.indexOf(conditionOfProject(a)) - CONDITIONS.indexOf(conditionOfProject(b)) ||
      rankOf(a) - rankOf(b) ||
      a.known.name.localeCompare(b.known.name) ||
      a.known.root.localeCompare(b.known.root),
  );
}

const CONDITIONS: readonly ProjectCondition[] = ['critical', 'warning', 'unknown', 'healthy', 'empty', 'gone'];

function rankOf({ survey }: SurveyedProject): number {
  const code = survey?.problems.at(0)?.code;
  return code === undefined ? CODES.length : CODES.indexOf(code);
}

/** The order in which the engine ranks problems. */
const CODES: readonly HealthProblemCode[] = [
  'backups-gone',
  'database-damaged',
  'database-gone',
  'store-unusable',
  'backup-failed',
  'drill-failed',
  'database-shrunk',
  'other-database',
  'backup-overdue',
  'backup-damaged',
  'metadata-unreadable',
  'replication-failed',
  'schedule-unreadable',
  'unsafe-file-system',
  'never-backed-up',
  'project-gone',
];
