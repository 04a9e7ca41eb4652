import { schedulesOf } from '../schedule/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { findProject, type ConfigurationLayer, type Project } from '../project/index.js';
import type { KnownProject } from '../projects/index.js';
import { projectSummary } from './projectSummary.js';
import type { ProjectSummary } from './projectSummary.js';
import { worstFirst } from './severity.js';
import { projectGone, healthProblemsOf, projectUnusable } from './problems.js';
import { ALL_BUT_UNUSABLE, undeterminedIn } from './undetermined.js';
import type { KnownHealth, ProjectHealth, HealthProblem } from './healthProblem.js';

/** How a project is: one look at its live database and its store, and what its jobs have noted. Writes nothing. */
export async function assess(project: Project, ports: Ports): Promise<ProjectHealth> {
  const summary = await summaryOrProblem(project, ports);
  if (summary instanceof BackupError) {
    return { project, summary: undefined, problems: [projectUnusable(summary)], undetermined: ALL_BUT_UNUSABLE };
  }
  const problems = [...healthProblemsOf(summary, ports.now()), ...scheduleProblems(project)];
  return { project, summary, problems: problems.sort(worstFirst), undetermined: undeterminedIn(summary) };
}

/** The same of a known project; one that has no database yet is well. */
export async function assessKnown(
  known: KnownProject,
  ports: Ports,
  overrides?: ConfigurationLayer,
): Promise<KnownHealth> {
  const nothing = { known, project: undefined, summary: undefined };
  if (known.status === 'gone') return { ...nothing, problems: [projectGone(known)] };
  if (known.status === 'no-database') return { ...nothing, problems: [] };
  try {
    return { known, ...(await assess(await findProject(known.root, ports, overrides), ports)) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    // It was there when it was listed.
    if (error.code === 'project-not-found') return { ...nothing, problems: [projectGone(known)] };
    if (error.code === 'database-not-found') return { ...nothing, problems: [] };
    return { ...nothing, problems: [projectUnusable(error)], undetermined: ALL_BUT_UNUSABLE };
  }
}

/** A job whose schedule cannot be read never runs, and nothing else would tell of it. */
function scheduleProblems(project: Project): readonly HealthProblem[] {
  return schedulesOf(project).problems.map(({ job, problem }) => ({
    code: 'schedule-unreadable',
    severity: 'warning',
    subject: job,
    message: [problem.message, problem.hint].filter((text) => text !== undefined).join('. '),
  }));
}

async function summaryOrProblem(project: Project, ports: Ports): Promise<ProjectSummary | BackupError> {
  try {
    return await projectSummary(project, ports);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
}
