import type { KnownHealth, ProjectHealth } from '../health/types.js';
import type { KnownProject } from '../projects/types.js';
import { openProject, portsOf, type EngineOptions, type ProjectReference } from './foundation.js';

/**
 * Every project of this user, each once: AutoForge's registry, the configured folders, the workspaces open in editors.
 * Those that are gone are told, and what cannot be read of the registry is a warning. Throws `configuration`.
 */
export async function listProjects(options: EngineOptions = {}): Promise<readonly KnownProject[]> {
  const projects = await import('../projects/listProjects.js');
  return await projects.listProjects(portsOf(options));
}

/** What is wrong with a project, worst first, from one look at its live database, its store and its jobs' last runs. */
export async function assess(project?: ProjectReference, options: EngineOptions = {}): Promise<ProjectHealth> {
  const found = await openProject(project, options);
  const health = await import('../health/assess.js');
  return await health.assess(found, portsOf(options));
}

/** The same of a known project, which may be gone or have no database yet. */
export async function assessKnown(known: KnownProject, options: EngineOptions = {}): Promise<KnownHealth> {
  const health = await import('../health/assess.js');
  return await health.assessKnown(known, portsOf(options), options.overrides);
}
