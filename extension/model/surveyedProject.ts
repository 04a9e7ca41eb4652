import { severityOf } from '../../core/health/index.js';
import type { KnownProject } from '../../core/projects/index.js';
import type { ErrorDescription, ProjectSurvey } from '../engine/protocol.js';
import { worstConditionFirst, type ProjectCondition } from './projectCondition.js';

/** A known project of the user, open in this window or not. */
export interface SurveyedProject {
  readonly known: KnownProject;
  /** The last successful check. */
  readonly survey: ProjectSurvey | undefined;
  /** Undefined if the last check succeeded. */
  readonly failure: ErrorDescription | undefined;
}

export function conditionOfProject({ known, survey, failure }: SurveyedProject): ProjectCondition {
  const severity = severityOf(survey?.problems ?? []);
  // A project that was deleted together with its backups is critical, not just missing.
  if (severity === 'critical') return severity;
  if (known.status === 'gone') return 'gone';
  if (failure !== undefined) return 'unknown';
  if (survey === undefined) return 'unchecked';
  return severity ?? (known.status === 'no-database' ? 'empty' : 'healthy');
}

/** Worst first, then by name. */
export function worstProjectsFirst(projects: readonly SurveyedProject[]): readonly SurveyedProject[] {
  const rank = (project: SurveyedProject) => ({
    condition: conditionOfProject(project),
    problems: project.survey?.problems ?? [],
  });
  return projects.toSorted(
    (a, b) =>
      worstConditionFirst(rank(a), rank(b)) ||
      a.known.name.localeCompare(b.known.name) ||
      a.known.root.localeCompare(b.known.root),
  );
}
