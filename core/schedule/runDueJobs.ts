import { drill } from '../verify/index.js';
import { createBackup } from '../backup/index.js';
import { claimDue, recordJobResult, readJobs } from '../store/index.js';
import { asBackupError, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { schedulesOf, type JobSchedule, type ScheduledJob } from './jobSchedules.js';

/** One run of a due job. */
export interface JobRun {
  readonly job: ScheduledJob;
  /** Undefined if the schedule or the last run cannot be read. */
  readonly dueAt: Date | undefined;
  /** Undefined: it succeeded. */
  readonly problem: string | undefined;
  /** Set if the job could not run. Otherwise `problem`, if any, is what the job found. */
  readonly error: BackupError | undefined;
}

/**
 * Runs the scheduled jobs that have come due since their last run: each once, however many due times were missed, and
 * in one process per due time. The due times of a new schedule count from now. Failures of a job are returned and
 * recorded in the store, not thrown.
 */
export async function runDueJobs(project: Project, ports: Ports): Promise<readonly JobRun[]> {
  const { schedules, problems } = schedulesOf(project);
  const runs: JobRun[] = problems.map(({ job, problem }) => ({ job, dueAt: undefined, ...failed(problem) }));
  for (const scheduled of schedules) {
    const run = await runIfDue(project, scheduled, ports);
    if (run !== undefined) runs.push(run);
  }
  return runs;
}

/** Undefined if no job is scheduled. */
export function nextDue(project: Project, ports: Ports): Date | undefined {
  const now = ports.now();
  const times = schedulesOf(project).schedules.map(({ schedule }) => schedule.nextAfter(now).getTime());
  return times.length === 0 ? undefined : new Date(Math.min(...times));
}

async function runIfDue(project: Project, { job, schedule }: JobSchedule, ports: Ports): Promise<JobRun | undefined> {
  const now = ports.now();
  let since: Date | undefined;
  try {
    since = claimedAt(project, job, ports);
  } catch (error) {
    // The next run checks again.
    return { job, dueAt: undefined, ...failed(asBackupError(error, 'read the job records', project.storePath)) };
  }
  const dueAt = since === undefined ? now : schedule.newestDueBetween(since, now);
  if (dueAt === undefined) return undefined;
  try {
    const isClaimed = await claimDue(project, job, dueAt, ports);
    // The first run of a schedule only records its start.
    if (!isClaimed || since === undefined) return undefined;
  } catch (error) {
    // Not claimed, so it stays due and the next run tries again.
    return { job, dueAt, ...failed(asBackupError(error, 'claim a scheduled job', project.storePath)) };
  }
  return { job, dueAt, ...(await JOB_FUNCTIONS[job](project, ports)) };
}

/** The due time that was claimed last; undefined if none, or if it was claimed while the clock was far ahead. */
function claimedAt(project: Project, job: ScheduledJob, ports: Ports): Date | undefined {
  const claimed = readJobs(project, ports)[job]?.claimedDueAt;
  return claimed === undefined ? undefined : new Date(claimed);
}

type JobResult = Pick<JobRun, 'problem' | 'error'>;

const SUCCEEDED: JobResult = { problem: undefined, error: undefined };

/** Each function records its result in the store. */
const JOB_FUNCTIONS: Readonly<Record<ScheduledJob, (project: Project, ports: Ports) => Promise<JobResult>>> = {
  'scheduled-backup': backUpOnSchedule,
  drill: runScheduledDrill,
};

async function backUpOnSchedule(project: Project, ports: Ports): Promise<JobResult> {
  try {
    const outcome = await createBackup(project, { source: 'schedule', reason: 'scheduled' }, ports);
    await recordJobResult(project, 'scheduled-backup', undefined, ports);
    if (outcome.status !== 'damaged') return SUCCEEDED;
    return { problem: `The live database is damaged: ${outcome.problems.join('; ')}`, error: undefined };
  } catch (error) {
    return await recordFailure(project, 'scheduled-backup', asBackupError(error, 'back up', project.root), ports);
  }
}

async function runScheduledDrill(project: Project, ports: Ports): Promise<JobResult> {
  try {
    const { drilled, recordProblem } = await drill(project, ports);
    if (recordProblem !== undefined) return failed(recordProblem);
    const bad = drilled.filter(({ ok }) => !ok).map(({ backup, problems }) => `${backup.id}: ${problems.join('; ')}`);
    return bad.length === 0 ? SUCCEEDED : { problem: bad.join('; '), error: undefined };
  } catch (error) {
    return await recordFailure(project, 'drill', asBackupError(error, 'run a restore drill', project.root), ports);
  }
}

/** Does not record a missing database, because that is detected and reported as a problem of its own. */
async function recordFailure(
  project: Project,
  job: ScheduledJob,
  error: BackupError,
  ports: Ports,
): Promise<JobResult> {
  if (error.code !== 'database-not-found')
    await recordJobResult(project, job, error.message, ports).catch(() => undefined);
  return failed(error);
}

function failed(error: BackupError): JobResult {
  return { problem: error.message, error };
}
