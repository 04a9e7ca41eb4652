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
  readUnstoredFailure,
  type MetadataProblem,
  type UnstoredFailure,
  type Backup,
} from '../store/index.js';

/** A project's live database, backups and job results. */
export interface ProjectSummary {
  readonly project: Project;
  /** Undefined if the live database could not be read (busy, no permission); `problem` is the reason. */
  readonly live: LiveObservation | undefined;
  readonly problem: BackupError | undefined;
  /** Why it is unknown whether a loss of features was acknowledged; `live` is then shrunk. */
  readonly acknowledgementProblem?: BackupError | undefined;
  readonly newest: Backup | undefined;
  /** The newest verified backup. */
  readonly lastGood: Backup | undefined;
  /** The newest backup that passed a drill. */
  readonly lastProven: PassedDrill | undefined;
  readonly backupCount: number;
  readonly emergencyCount: number;
  /** Metadata that could not be read. Retention keeps those backups. */
  readonly metadataProblems: readonly MetadataProblem[];
  /** Backups in quarantine; not part of `backupCount`. */
  readonly quarantineCount: number;
  readonly totalSizeBytes: number;
  readonly history: HistorySummary;
  /** The last result of each job. */
  readonly jobs: JobRecords;
  /** Why the results could not be read; `jobs` is then empty. */
  readonly jobsProblem?: BackupError | undefined;
  /** Failed backups that the store could not record. */
  readonly unstoredFailure?: UnstoredFailure | undefined;
  /** In the order of the configuration. */
  readonly replication: readonly TargetState[];
}

/** The sync state of one target. */
export interface TargetState {
  readonly name: string;
  /** The last complete sync, ISO 8601. */
  readonly lastOkAt: string | undefined;
  /** Undefined if the last sync succeeded. */
  readonly failingSince: string | undefined;
  readonly problem: string | undefined;
}

/** Writes nothing. Throws `unsafe-store`. */
export async function projectSummary(project: Project, ports: Ports): Promise<ProjectSummary> {
  const catalog = readCatalog(project, ports);
  let live: LiveObservation | undefined;
  let problem: BackupError | undefined;
  let acknowledgementProblem: BackupError | undefined;
  try {
    ({ acknowledgementProblem, ...live } = await observeLive(project, catalog, ports));
  } catch (error) {
    // The backups are shown even if the live database is busy or unreadable.
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
    unstoredFailure: unstoredFailureOf(project, ports),
    replication: project.configuration.targets.map(({ name }) => targetState(name, jobs)),
  };
}

/** Without a state folder, nothing can be recorded in it. */
function unstoredFailureOf(project: Project, ports: Ports): UnstoredFailure | undefined {
  try {
    return readUnstoredFailure(project, ports);
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(error.message);
    return undefined;
  }
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
