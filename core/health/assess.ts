import { BackupError, type Ports } from '../system/index.js';
import { findProject, type ConfigurationLayer, type Project } from '../project/index.js';
import { findSeenDatabase, isNoLongerRegistered, type KnownProject } from '../projects/index.js';
import { findLostProject } from '../replication/index.js';
import { projectSummary } from './projectSummary.js';
import type { ProjectSummary } from './projectSummary.js';
import {
  backupsMissing,
  unsavedDatabaseMissing,
  healthProblemsOf,
  projectMissing,
  projectUnusable,
} from './problems.js';
import {
  ALL_BUT_BACKUPS_MISSING,
  ALL_BUT_DATABASE_GONE,
  ALL_BUT_STORE_UNUSABLE,
  undeterminedCodes,
} from './undetermined.js';
import type { KnownHealth, ProjectHealth, HealthProblem } from './healthProblem.js';

/** Assesses a project from its live database, its store and the recorded results of its jobs. */
export async function assess(project: Project, ports: Ports): Promise<ProjectHealth> {
  const summary = await summaryOrProblem(project, ports);
  if (summary instanceof BackupError) {
    return { project, summary: undefined, problems: [projectUnusable(summary)], undetermined: ALL_BUT_STORE_UNUSABLE };
  }
  return healthOf(summary, ports.now());
}

/** The health of a project whose summary has been read. */
export function healthOf(summary: ProjectSummary, now: Date): ProjectHealth & { readonly summary: ProjectSummary } {
  const problems = healthProblemsOf(summary, now);
  return { project: summary.project, summary, problems, undetermined: undeterminedCodes(summary) };
}

/** Assesses a known project. A project without a database has no problems. */
export async function assessKnown(
  known: KnownProject,
  ports: Ports,
  overrides?: ConfigurationLayer,
): Promise<KnownHealth> {
  const unopenedProject = { known, project: undefined, summary: undefined };
  const orLoss = async (problems: readonly HealthProblem[]): Promise<KnownHealth> => {
    // With a recorded backup, the project is lost, not new; its other problems then count as unresolved.
    const lost = known.lastBackup === undefined ? undefined : await lostProjectIn([known.root], ports);
    return { ...unopenedProject, ...(lost ?? seenDatabaseIn([known.root], ports) ?? { problems }) };
  };
  if (known.status === 'gone') return await orLoss([projectMissing(known)]);
  if (known.status === 'no-database') return await orLoss([]);
  try {
    return { known, ...(await assess(await findProject(known.root, ports, overrides), ports)) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    // The folder may have been deleted since it was listed.
    if (error.code === 'project-not-found') return await orLoss([projectMissing(known)]);
    if (error.code === 'database-not-found') return await orLoss([]);
    return { ...unopenedProject, problems: [projectUnusable(error)], undetermined: ALL_BUT_STORE_UNUSABLE };
  }
}

type AbsentHealth = Pick<KnownHealth, 'problems' | 'undetermined'>;

/** The problems of folders that contain neither a database nor a backup, but are known to have had one. */
export async function assessAbsent(folders: readonly string[], ports: Ports): Promise<readonly HealthProblem[]> {
  return ((await lostProjectIn(folders, ports)) ?? seenDatabaseIn(folders, ports))?.problems ?? [];
}

async function lostProjectIn(folders: readonly string[], ports: Ports): Promise<AbsentHealth | undefined> {
  const lost = findLostProject(folders, ports);
  if (lost === undefined) return undefined;
  const severity = (await isNoLongerRegistered(lost.root, ports)) ? 'information' : 'critical';
  return { problems: [backupsMissing(lost, severity)], undetermined: ALL_BUT_BACKUPS_MISSING };
}

function seenDatabaseIn(folders: readonly string[], ports: Ports): AbsentHealth | undefined {
  const seen = findSeenDatabase(folders, ports);
  return seen && { problems: [unsavedDatabaseMissing(seen)], undetermined: ALL_BUT_DATABASE_GONE };
}

async function summaryOrProblem(project: Project, ports: Ports): Promise<ProjectSummary | BackupError> {
  try {
    return await projectSummary(project, ports);
  } catch (error) {
    if (error instanceof BackupError) return error;
    throw error;
  }
}
