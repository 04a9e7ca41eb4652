import * as health from '../health/index.js';
import type { KnownHealth, ProjectHealth, ProjectSummary } from '../health/index.js';
import * as projects from '../projects/index.js';
import type { KnownProject } from '../projects/index.js';
import * as schedule from '../schedule/index.js';
import type { JobRun } from '../schedule/index.js';
import { inProject, portsOf, type EngineOptions, type ProjectReference } from './backups.js';

/**
 * Every project of this user, each once: from AutoForge's registry, the configured folders, and the workspaces open in
 * editors. Missing ones are included; an unreadable registry is a warning. Throws `configuration`.
 */
export async function listProjects(options: EngineOptions = {}): Promise<readonly KnownProject[]> {
  return await projects.listProjects(portsOf(options));
}

/** The live database, the newest and last good backup, and the totals of the store. */
export async function projectSummary(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectSummary> {
  return await inProject(project, options, health.projectSummary);
}

/** The problems of a project, worst first, from its live database, its store and its jobs' last runs. */
export async function assess(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectHealth> {
  return await inProject(project, options, health.assess);
}

/** The problems of a known project, which may be missing or without a database. */
export async function assessKnown(known: KnownProject, options: EngineOptions = {}): Promise<KnownHealth> {
  return await health.assessKnown(known, portsOf(options), options.overrides);
}

/**
 * Runs the scheduled jobs of a project that have come due since their last run, each once, in one process per due time.
 * A failed job is a result, not an error.
 */
export async function runDueJobs(project?: ProjectReference, options: EngineOptions = {}): Promise<readonly JobRun[]> {
  return await inProject(project, options, schedule.runDueJobs);
}

/** When the next scheduled job is due; undefined if none is scheduled. */
export async function nextDue(project?: ProjectReference, options: EngineOptions = {}): Promise<Date | undefined> {
  return await inProject(project, options, schedule.nextDue);
}
