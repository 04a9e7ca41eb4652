import { BackupError } from '../system/errors.js';
import type { Project } from '../project/types.js';
import type { Ports } from '../system/ports.js';
import { isOrdinary, readCatalog } from '../store/catalog.js';
import { historySummary } from '../history/listHistory.js';
import { readJobs, type JobRecords } from '../store/jobs.js';
import { lastProven } from '../verify/lastProven.js';
import { observeLive } from '../live/liveCondition.js';
import { quarantinedNames } from '../verify/quarantine/listQuarantine.js';
import { lastGood } from '../store/selectBackup.js';
import type { LiveObservation, ProjectSummary, TargetState } from '../store/types.js';
import { metadataProblemsOf } from '../store/unknownMetadata.js';

/** The state of one project: its live database against its backups. Writes nothing. Throws `unsafe-store`. */
export async function projectSummary(project: Project, ports: Ports): Promise<ProjectSummary> {
  const catalog = readCatalog(project, ports);
  let live: LiveObservation | undefined;
  let problem: BackupError | undefined;
  try {
    live = await observeLive(project, catalog, ports);
  } catch (error) {
    // That it is busy or not readable is part of the summary; the backups are shown all the same.
    if (!(error instanceof BackupError)) throw error;
    problem = error;
  }
  const { jobs, jobsProblem } = jobsOrProblem(project, ports);
  const ordinaryCount = catalog.backups.filter(isOrdinary).length;
  return {
    project,
    live,
    problem,
    newest: catalog.newest,
    lastGood: lastGood(catalog.backups),
    lastProven: lastProven(catalog.backups),
    backupCount: ordinaryCount,
    emergencyCount: catalog.backups.length - ordinaryCount,
    metadataProblems: metadataProblemsOf(catalog.backups),
    quarantineCount: quarantinedNames(project, ports).length,
    totalSizeBytes: catalog.totalSizeBytes,
    history: historySummary(project, ports),
    jobs,
    ...(jobsProblem !== undefined && { jobsProblem }),
    replication: project.configuration.targets.map(({ name }) => targetState(name, jobs)),
  };
}

function jobsOrProblem(project: Project, ports: Ports): Pick<ProjectSummary, 'jobs' | 'jobsProblem'> {
  try {
    return { jobs: readJobs(project, ports) };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { jobs: {}, jobsProblem: error };
  }
}

function targetState(name: string, jobs: JobRecords): TargetState {
  const { lastOkAt, ok, failingSince, problem } = jobs[`replicate:${name}`] ?? {};
  const failure = ok === false ? { failingSince, problem: problem ?? 'it failed' } : undefined;
  return { name, lastOkAt, failingSince: failure?.failingSince, problem: failure?.problem };
}
