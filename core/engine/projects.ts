import type { KnownHealth, ProjectHealth } from '../health/index.js';
import type { KnownProject } from '../projects/index.js';
import * as health from '../health/index.js';
import * as projects from '../projects/index.js';
import { inProject, portsOf, type EngineOptions, type ProjectReference } from './foundation.js';

/**
 * Every project of this user, each once: AutoForge's registry, the configured folders, the workspaces open in editors.
 * Those that are gone are told, and what cannot be read of the registry is a warning. Throws `configuration`.
 */
export async function listProjects(options: EngineOptions = {}): Promise<readonly KnownProject[]> {
  return await projects.listProjects(portsOf(options));
}

/** What is wrong with a project, worst first, from one look at its live database, its store and its jobs' last runs. */
export async function assess(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectHealth> {
  return await inProject(project, options, health.assess);
}

/** The same of a known project, which may be gone or have no database yet. */
export async function assessKnown(known: KnownProject, options: EngineOptions = {}): Promise<KnownHealth> {
  return await health.assessKnown(known, portsOf(options), options.overrides);
}
