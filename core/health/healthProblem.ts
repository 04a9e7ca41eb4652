import type { Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import type { ProjectSummary } from './projectSummary.js';

/** The codes of problems, worst first. */
export type HealthProblemCode =
  | 'backups-gone'
  | 'database-damaged'
  | 'database-gone'
  | 'store-unusable'
  | 'backup-failed'
  | 'drill-failed'
  | 'database-shrunk'
  | 'other-database'
  | 'unsafe-file-system'
  | 'backup-overdue'
  | 'backup-damaged'
  | 'metadata-unreadable'
  | 'replication-failed'
  | 'schedule-unreadable'
  | 'connection-broken'
  | 'never-backed-up'
  | 'not-connected'
  | 'project-gone';

/** `information` changes no exit code, no ping and no colour. */
export type Severity = 'critical' | 'warning' | 'information';

/** What the user can do about a problem. Each interface offers its own command for it. */
export type HealthAction =
  | 'accept-smaller-backlog'
  | 'back-up'
  | 'compare'
  | 'drill'
  | 'forget'
  | 'open-configuration'
  | 'restore'
  | 'restore-from-vault'
  | 'restore-last-good'
  | 'salvage'
  | 'start-over'
  | 'sync'
  | 'verify';

/** A problem as notifications, `check`, `status` and the editor report it. */
export interface HealthProblem {
  readonly code: HealthProblemCode;
  readonly severity: Severity;
  /**
   * Distinguishes two problems with the same code, such as a target's name or a backup's id; empty if only one can
   * exist.
   */
  readonly subject: string;
  /** What is wrong and since when, in one or two sentences without commands. */
  readonly description: string;
  /** What to do on the command line, in sentences. Can be empty. */
  readonly advice: string;
  /** `description` and `advice`. */
  readonly message: string;
  /** The most helpful first. */
  readonly actions: readonly HealthAction[];
}

/** The problems of one project, worst first. */
export interface ProjectHealth {
  readonly project: Project;
  /** Undefined if the store cannot be read. */
  readonly summary: ProjectSummary | undefined;
  readonly problems: readonly HealthProblem[];
  /** Codes that could not be checked: their absence from `problems` proves nothing. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}

/** The problems of a known project. Its folder can be missing or without a database. */
export interface KnownHealth {
  readonly known: KnownProject;
  /** Undefined if it cannot be opened: missing, without a database, or with an invalid configuration. */
  readonly project: Project | undefined;
  readonly summary: ProjectSummary | undefined;
  readonly problems: readonly HealthProblem[];
  /** Codes that could not be checked: their absence from `problems` proves nothing. */
  readonly undetermined?: readonly HealthProblemCode[] | undefined;
}
