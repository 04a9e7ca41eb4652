import { join } from 'node:path';
import { existsSync } from 'node:fs';
import { recordFailure } from '../../core/backup/index.js';
import { startFollowUp } from '../../core/followUp/index.js';
import { drill as drillBackups } from '../../core/verify/index.js';
import { replicate as replicateProject } from '../../core/replication/index.js';
import { BackupError, openProject, type EngineOptions } from '../../core/engine.js';
import { realPorts, type Ports } from '../../core/system/index.js';
import { nextDue, runDueJobs as runJobsOf } from '../../core/schedule/index.js';
import { describeError, errorFrom } from './errorDescription.js';
import type { SyncReport, DrillReport, DueJobsReport, ErrorDescription } from './protocol.js';

export async function recordBackupFailure(
  root: string,
  failure: ErrorDescription,
  options: EngineOptions,
): Promise<undefined> {
  await recordFailure(await openProject(root, options), errorFrom(failure), portsOf(options));
  return undefined;
}

export async function drill(root: string, options: EngineOptions): Promise<DrillReport> {
  const project = await openProject(root, options);
  const { drilled, recordProblem } = await drillBackups(project, portsOf(options));
  const unrecorded = recordProblem ?? drilled.find((outcome) => outcome.recordProblem !== undefined)?.recordProblem;
  return {
    proven: drilled.filter(({ ok }) => ok).map(({ backup }) => backup),
    failed: drilled.filter(({ ok }) => !ok).map(({ backup, problems }) => ({ backup, problems })),
    recordProblem: unrecorded && describeError(unrecorded),
  };
}

/** Syncs to every target; a failing target does not stop the others. */
export async function replicate(root: string, options: EngineOptions): Promise<SyncReport> {
  const project = await openProject(root, options);
  const { targets } = await replicateProject(project, {}, portsOf(options));
  return {
    targets: targets.map(({ name, copied, problem }) => ({
      name,
      copied: copied.length,
      problem: problem && describeError(problem),
    })),
  };
}

/** Runs the due jobs of these projects. Each due time is claimed by one process only. */
export async function runDueJobs(roots: readonly string[], options: EngineOptions): Promise<DueJobsReport> {
  const ports = portsOf(options);
  const reports = [];
  for (const root of roots) reports.push(await runJobsIn(root, options, ports));
  const nextTimes = reports.flatMap(({ nextDueAt }) => (nextDueAt === undefined ? [] : [nextDueAt.getTime()]));
  return {
    runs: reports.flatMap(({ runs }) => runs),
    isUnfinished: reports.some(({ isUnfinished }) => isUnfinished),
    nextDueAt: nextTimes.length === 0 ? undefined : new Date(Math.min(...nextTimes)),
  };
}

async function runJobsIn(root: string, options: EngineOptions, ports: Ports): Promise<DueJobsReport> {
  try {
    const project = await openProject(root, options);
    // Without a store there is nothing to drill, and no store is created just to record the schedule.
    const shouldRun = existsSync(project.storePath) || project.configuration.schedule.backup.trim() !== '';
    const runs = shouldRun ? await runJobsOf(project, ports) : [];
    // Sends notifications and syncs new backups to the targets.
    if (runs.some(({ dueAt }) => dueAt !== undefined)) afterBackup(project, ports);
    return {
      runs: runs.map(({ job, problem }) => ({ root, job, problem })),
      isUnfinished: runs.some(({ error }) => error !== undefined),
      nextDueAt: nextDue(project, ports),
    };
  } catch (error) {
    // The overview of this project reports the same error.
    if (!(error instanceof BackupError)) throw error;
    ports.onWarning?.(`Scheduled jobs of ${root}: ${error.message}`);
    return { runs: [], isUnfinished: false, nextDueAt: undefined };
  }
}

function portsOf({ ports }: EngineOptions): Ports {
  return { ...realPorts(), ...ports };
}

/** Starts the follow-up; its program is in the same folder. */
export const afterBackup = startFollowUp(join(import.meta.dirname, 'feature-backups.cjs'));
