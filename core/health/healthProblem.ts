import type { Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import type { ProjectSummary } from './projectSummary.js';

/** What can be wrong with a project, in the order of how bad it is. */
export type HealthProblemCode =
  | 'database-damaged'
  | 'database-gone'
  | 'store-unusable'
  | 'backup-failed'
  | 'drill-failed'
  | 'database-shrunk'
  | 'backup-overdue'
  | 'backup-damaged'
  | 'metadata-unreadable'
  | 'replication-failed'
  | 'schedule-unreadable'
  | 'never-backed-up'
  | 'project-gone';

export type Severity = 'critical' | 'warning';

/** One thing that is wrong, as notifications, `check`, `status` and the editor tell it. */
export interface HealthProblem {
  readonly code: HealthProblemCode;
  readonly severity: Severity;
  /** What tells two troubles of one code apart: the target's name, a backup's id; empty where there can only be one. */
  readonly subject: string;
  /** One sentence for a person: what is wrong, since when, what to do. */
  readonly message: string;
}

/** How one project is: nothing in `troubles` is well. Worst first. */
export interface ProjectHealth {
  readonly project: Project;
  /** Undefined where its store cannot be read. */
  readonly summary: ProjectSummary | undefined;
  readonly problems: readonly HealthProblem[];
  /** What this look could not judge: that no such trouble was found does not mean that there is none. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}

/** The same of a project that is only known by its place: it may be gone, or have no database yet. */
export interface KnownHealth {
  readonly known: KnownProject;
  /** Undefined where it cannot be opened: gone, without a database, wrongly configured. */
  readonly project: Project | undefined;
  readonly summary: ProjectSummary | undefined;
  readonly problems: readonly HealthProblem[];
  /** What this look could not judge: that no such trouble was found does not mean that there is none. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}
