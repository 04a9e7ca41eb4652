import { drill } from '../verify/index.js';
import { createBackup } from '../backup/index.js';
import { claimDue, noteJob, readJobs } from '../store/index.js';
import { asBackupError, type BackupError, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { schedulesOf, type JobSchedule, type ScheduledJob } from './jobSchedules.js';

/** One job that came due, and how it went. */
export interface JobRun {
  readonly job: ScheduledJob;
  /** Undefined where its schedule, or when it last ran, cannot be read. */
  readonly dueAt: Date | undefined;
  /** Undefined: it went well. */
  readonly problem: string | undefined;
  /** Set where the job could not be done; without it, a `problem` is what the job found out. */
  readonly error: BackupError | undefined;
}

/**
 * Runs the scheduled jobs of a project that have come due since they last ran: each once, however many due times were
 * missed while nothing ran, and never in two processes for one due time. A schedule that is seen for the first time
 * begins with now. What goes wrong in a job is in its result, and noted in the store; nothing is thrown for it.
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

/** When the next scheduled job of a project comes due; undefined where none is scheduled. */
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
    // Whether it is due is unknown: the next pass looks again.
    return { job, dueAt: undefined, ...failed(asBackupError(error, 'tell when a job is due', project.storePath)) };
  }
  const dueAt = since === undefined ? now : schedule.newestBetween(since, now);
  if (dueAt === undefined) return undefined;
  try {
    const isOurs = await claimDue(project, job, dueAt, ports);
    // The first sight of a schedule only marks where it begins.
    if (!isOurs || since === undefined) return undefined;
  } catch (error) {
    // Not claimed, so it stays due: the next pass tries again.
    return { job, dueAt, ...failed(asBackupError(error, 'take on a scheduled job', project.storePath)) };
  }
  return { job, dueAt, ...(await RUN[job](project, ports)) };
}

/** Up to when the due times of a job have been seen to. Undefined: never, or by a clock that was far ahead of ours. */
function claimedAt(project: Project, job: ScheduledJob, ports: Ports): Date | undefined {
  const claimed = readJobs(project, ports)[job]?.claimedDueAt;
  return claimed === undefined ? undefined : new Date(claimed);
}

type Result = Pick<JobRun, 'problem' | 'error'>;

const SUCCEEDED: Result = { problem: undefined, error: undefined };

/** Each notes in the store how it went. */
const RUN: Readonly<Record<ScheduledJob, (project: Project, ports: Ports) => Promise<Result>>> = {
  'scheduled-backup': backUpOnSchedule,
  drill: runScheduledDrill,
};

async function backUpOnSchedule(project: Project, ports: Ports): Promise<Result> {
  try {
    const outcome = await createBackup(project, { source: 'schedule', reason: 'scheduled' }, ports);
    await noteJob(project, 'scheduled-backup', undefined, ports);
    if (outcome.status !== 'damaged') return SUCCEEDED;
    return { problem: `The live database is damaged: ${outcome.problems.join('; ')}`, error: undefined };
  } catch (error) {
    return await notedFailure(project, 'scheduled-backup', asBackupError(error, 'back up', project.root), ports);
  }
}

async function runScheduledDrill(project: Project, ports: Ports): Promise<Result> {
  try {
    const { drilled, recordProblem } = await drill(project, ports);
    if (recordProblem !== undefined) return failed(recordProblem);
    const bad = drilled.filter(({ ok }) => !ok).map(({ backup, problems }) => `${backup.id}: ${problems.join('; ')}`);
    return bad.length === 0 ? SUCCEEDED : { problem: bad.join('; '), error: undefined };
  } catch (error) {
    return await notedFailure(project, 'drill', asBackupError(error, 'hold a restore drill', project.root), ports);
  }
}

/** A database that is not there is a trouble of its own, and seen without a note. */
async function notedFailure(project: Project, job: ScheduledJob, error: BackupError, ports: Ports): Promise<Result> {
  if (error.code !== 'database-not-found') await noteJob(project, job, error.message, ports).catch(() => undefined);
  return failed(error);
}

function failed(error: BackupError): Result {
  return { problem: error.message, error };
}
