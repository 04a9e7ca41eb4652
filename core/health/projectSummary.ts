import { lastPassedDrill, quarantinedNames, type PassedDrill } from '../verify/index.js';
import { historySummary, type HistorySummary } from '../history/index.js';
import { observeLive, type LiveObservation } from '../live/index.js';
import { BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import {
  readJobs,
  isOrdinary,
  readCatalog,
  lastGood,
  metadataProblemsOf,
  type JobRecords,
  type MetadataProblem,
  type Backup,
} from '../store/index.js';

/** The state of one project at a glance. */
export interface ProjectSummary {
  readonly project: Project;
  /** Undefined if the live database could not be read (busy, no permission); `problem` says why. */
  readonly live: LiveObservation | undefined;
  readonly problem: BackupError | undefined;
  /** Why it is unknown whether a loss of features was acknowledged; `live` is then shrunk. */
  readonly acknowledgementProblem?: BackupError | undefined;
  readonly newest: Backup | undefined;
  /** The newest backup that verified. */
  readonly lastGood: Backup | undefined;
  /** "Last proven restorable": the newest backup that a drill has restored and proven. */
  readonly lastProven: PassedDrill | undefined;
  readonly backupCount: number;
  readonly emergencyCount: number;
  /** Of the backups whose metadata are unknown: they are kept, whatever retention says. */
  readonly metadataProblems: readonly MetadataProblem[];
  /** Backups that did not verify and were moved aside; they count for nothing else. */
  readonly quarantineCount: number;
  readonly totalSizeBytes: number;
  /** What was folded into the history. */
  readonly history: HistorySummary;
  /** How the jobs that are done with the store last ended. */
  readonly jobs: JobRecords;
  /** Why it is not known how they ended; `jobs` is empty then. */
  readonly jobsProblem?: BackupError | undefined;
  /** Every configured target, in the order of the configuration. */
  readonly replication: readonly TargetState[];
}

/** How copying to one target stands. */
export interface TargetState {
  readonly name: string;
  /** When the target last got everything, ISO 8601; undefined where it never has. */
  readonly lastOkAt: string | undefined;
  /** Since when it fails, and why; undefined where the last run went well. */
  readonly failingSince: string | undefined;
  readonly problem: string | undefined;
}

/** The state of one project: its live database against its backups. Writes nothing. Throws `unsafe-store`. */
export async function projectSummary(project: Project, ports: Ports): Promise<ProjectSummary> {
  const catalog = readCatalog(project, ports);
  let live: LiveObservation | undefined;
  let problem: BackupError | undefined;
  let acknowledgementProblem: BackupError | undefined;
  try {
    ({ acknowledgementProblem, ...live } = await observeLive(project, catalog, ports));
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
    ...(acknowledgementProblem !== undefined && { acknowledgementProblem }),
    newest: catalog.newest,
    lastGood: lastGood(catalog.backups),
    lastProven: lastPassedDrill(catalog.backups),
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
