import * as health from '../health/index.js';
import type { KnownHealth, ProjectHealth, ProjectSummary } from '../health/index.js';
import * as projects from '../projects/index.js';
import type { KnownProject } from '../projects/index.js';
import * as schedule from '../schedule/index.js';
import type { JobRun } from '../schedule/index.js';
import { inProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/**
 * Every project of this user, each once: AutoForge's registry, the configured folders, the workspaces open in editors.
 * Those that are gone are told, and what cannot be read of the registry is a warning. Throws `configuration`.
 */
export async function listProjects(options: EngineOptions = {}): Promise<readonly KnownProject[]> {
  return await projects.listProjects(portsOf(options));
}

/** Where a project stands: its live database, its newest and its last good backup, and what the store holds. */
export async function projectSummary(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectSummary> {
  return await inProject(project, options, health.projectSummary);
}

/** What is wrong with a project, worst first, from one look at its live database, its store and its jobs' last runs. */
export async function assess(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectHealth> {
  return await inProject(project, options, health.assess);
}

/** The same of a known project, which may be gone or have no database yet. */
export async function assessKnown(known: KnownProject, options: EngineOptions = {}): Promise<KnownHealth> {
  return await health.assessKnown(known, portsOf(options), options.overrides);
}

/**
 * Runs the scheduled jobs of a project that came due since they last ran, each once, and never in two processes for one
 * due time. How a job went is a result, not an error.
 */
export async function runDueJobs(project?: ProjectReference, options: EngineOptions = {}): Promise<readonly JobRun[]> {
  return await inProject(project, options, schedule.runDueJobs);
}

/** When the next scheduled job of a project comes due; undefined where none is scheduled. */
export async function nextDue(project?: ProjectReference, options: EngineOptions = {}): Promise<Date | undefined> {
  return await inProject(project, options, schedule.nextDue);
}
