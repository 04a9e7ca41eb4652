import { findCallProjects, type CallPlace } from '../core/agents/index.js';
import { beforeSqlEngineCompiles } from '../core/database/index.js';
import { assess, assessAbsent, describeLosses } from '../core/health/index.js';
import { possibleRoots } from '../core/project/index.js';
import { realPorts } from '../core/system/index.js';
import { preferQuickStart } from '../launch/quickStart.js';

// A separate bundle, because tools wait for the hook, and only the start of a session needs this.

/** Read by the launcher: whether this run has compiled nearly everything that later runs need. */
export { hasLoadedSqlEngine } from '../core/database/index.js';

/** Describes, in sentences, what the projects at these places have lost. */
export async function findLosses(places: readonly CallPlace[]): Promise<readonly string[]> {
  beforeSqlEngineCompiles(preferQuickStart);
  const { projects } = await findCallProjects(places, ports);
  if (projects.length === 0) return describeLosses({ problems: await assessAbsent(foldersAt(places), ports) });
  const healths = await Promise.all(projects.map(async (project) => await assess(project, ports)));
  return healths.flatMap(describeLosses);
}

const ports = realPorts();

function foldersAt(places: readonly CallPlace[]): readonly string[] {
  // PROJECT_DIR would override the search.
  const environment = { ...ports.environment, PROJECT_DIR: undefined };
  return places.flatMap(({ kind, path }) =>
    possibleRoots({ cwd: path, argument: kind === 'around' ? undefined : path }, { ...ports, environment }),
  );
}
