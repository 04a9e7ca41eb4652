import { lastPassedDrill, quarantinedNames, type PassedDrill } from '../verify/index.js';
import { historySummary, type HistorySummary } from '../history/index.js';
import {
  observeLive,
  otherDatabases,
  unsafeFileSystem,
  farLargerBackups,
  readAcknowledgement,
  type LiveObservation,
  type OtherDatabase,
} from '../live/index.js';
import { backupsOnlyInVault } from '../vault/index.js';
import { countInVault } from '../replication/index.js';
import { BackupError, userVaultFolder, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { connectionsState, type ConnectionsState } from './connectionsState.js';
import { recordSeenDatabase } from '../projects/index.js';
import {
  readJobs,
  isOrdinary,
  readCatalog,
  lastGood,
  metadataProblemsOf,
  type JobRecords,
  readUnstoredFailure,
  storeWriteProblem,
  type MetadataProblem,
  type UnstoredFailure,
  type Backup,
  type Catalog,
} from '../store/index.js';

/** A project's live database, backups and job results. */
export interface ProjectSummary {
  readonly project: Project;
  /** Undefined if the live database could not be read (busy, no permission); `problem` is the reason. */
  readonly live: LiveObservation | undefined;
  readonly problem: BackupError | undefined;
  /** Why it is unknown whether a loss of features was acknowledged; `live` is then shrunk. */
  readonly acknowledgementProblem?: BackupError | undefined;
  /** Feature databases at AutoForge’s other paths. */
  readonly otherDatabases?: readonly OtherDatabase[];
  /** The type of the database’s file system if WAL mode is unsafe on it. */
  readonly unsafeFileSystem?: string | undefined;
  readonly newest: Backup | undefined;
  /** The newest verified backup, in the vault if none is in the store. */
  readonly lastGood: Backup | undefined;
  /** If the live database has shrunk: the newest backup from before. */
  readonly beforeLoss?: Backup | undefined;
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
  /** Why this user, whose project it is, cannot write to the store. */
  readonly storeProblem?: BackupError | undefined;
  /** Failed backups that the store could not record. */
  readonly unstoredFailure?: UnstoredFailure | undefined;
  /** In the order of the configuration. */
  readonly replication: readonly TargetState[];
  /** What makes backups automatically. */
  readonly connections?: ConnectionsState | undefined;
  /** The copies outside the project. Undefined if the vault is turned off, or the user has no home folder. */
  readonly vault?: VaultState | undefined;
}

export interface VaultState {
  /** The folder of all projects' copies. */
  readonly folder: string;
  /** The copies of this project. */
  readonly backupCount: number;
  /** The copies whose backup is not in the store. */
  readonly onlyInVaultCount: number;
  /**
   * `same-disk`: losing the project's disk loses the vault too. `container`: the vault is deleted with the container.
   */
  readonly risk: 'same-disk' | 'container' | undefined;
  /** Undefined if the last sync succeeded. */
  readonly failingSince: string | undefined;
  readonly problem: string | undefined;
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

/** Read-only, except that it records a database without backups. Throws `unsafe-store`. */
export async function projectSummary(project: Project, ports: Ports): Promise<ProjectSummary> {
  const catalog = readCatalog(project, ports);
  let live: LiveObservation | undefined;
  let problem: BackupError | undefined;
  let acknowledgementProblem: BackupError | undefined;
  try {
    ({ acknowledgementProblem, ...live } = await observeLive(project, catalog, ports));
  } catch (error) {
    // The summary includes the backups even if the live database is busy or unreadable.
    if (!(error instanceof BackupError)) throw error;
    problem = error;
  }
  const hasBackups = catalog.backups.length > 0;
  if (!hasBackups && live?.condition === 'sound' && live.counts !== undefined)
    recordSeenDatabase(project, live.counts, ports);
  const { jobs, jobsProblem } = jobsOrProblem(project, ports);
  const onlyInVault = backupsOnlyInVault(project, catalog, ports);
  const ordinaryCount = catalog.backups.filter(isOrdinary).length;
  return {
    project,
    live,
    problem,
    ...(acknowledgementProblem !== undefined && { acknowledgementProblem }),
    otherDatabases: await otherDatabases(project, ports),
    unsafeFileSystem: unsafeFileSystem(project, ports),
    newest: catalog.newest,
    lastGood: lastGood(catalog.backups) ?? lastGood(onlyInVault),
    ...(acknowledgementProblem === undefined && { beforeLoss: backupBeforeLoss(live, catalog, ports) }),
    lastProven: lastPassedDrill(catalog.backups),
    backupCount: ordinaryCount,
    emergencyCount: catalog.backups.length - ordinaryCount,
    metadataProblems: metadataProblemsOf(catalog.backups),
    quarantineCount: quarantinedNames(project, ports).length,
    totalSizeBytes: catalog.totalSizeBytes,
    history: historySummary(project, ports),
    jobs,
    ...(jobsProblem !== undefined && { jobsProblem }),
    storeProblem: storeWriteProblem(project, ports),
    unstoredFailure: unstoredFailureOf(project, ports),
    replication: project.configuration.targets.map(({ name }) => targetState(name, jobs)),
    connections: connectionsState(project, catalog.backups, ports),
    vault: vaultState(project, onlyInVault, jobs, ports),
  };
}

function backupBeforeLoss(live: LiveObservation | undefined, catalog: Catalog, { files }: Ports): Backup | undefined {
  if (live?.condition !== 'shrunk' || live.counts === undefined) return undefined;
  const acknowledged = () => readAcknowledgement(catalog.storePath, files);
  return farLargerBackups(live.counts.total, catalog.backups, acknowledged)[0];
}

function vaultState(
  project: Project,
  onlyInVault: readonly Backup[],
  jobs: JobRecords,
  ports: Ports,
): VaultState | undefined {
  const folder = project.configuration.vault ? userVaultFolder(ports.environment) : undefined;
  if (folder === undefined) return undefined;
  const { ok, failingSince, problem } = jobs.vault ?? {};
  return {
    folder,
    backupCount: countInVault(project, ports),
    onlyInVaultCount: onlyInVault.length,
    risk: riskOf(folder, project, ports),
    failingSince: ok === false ? failingSince : undefined,
    problem: ok === false ? (problem ?? 'it failed') : undefined,
  };
}

/** The files that Docker and Podman create in every container. */
const CONTAINER_FILES = ['/.dockerenv', '/run/.containerenv'];

function riskOf(vault: string, { root }: Project, { files }: Ports): VaultState['risk'] {
  const deviceOf = (path: string) => files.statSync(path, { throwIfNoEntry: false })?.dev;
  try {
    const device = deviceOf(vault);
    if (device === undefined) return undefined;
    const isInContainer = CONTAINER_FILES.some((path) => deviceOf(path) !== undefined);
    if (isInContainer && device === deviceOf('/')) return 'container';
    return device === deviceOf(root) ? 'same-disk' : undefined;
  } catch {
    return undefined;
  }
}

/** Without a state folder, no failure can have been recorded. */
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
