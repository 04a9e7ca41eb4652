import type { JobName } from '../store/index.js';
import { BackupError } from '../system/index.js';
import type { Project } from '../project/index.js';
import { parseSchedule, type Schedule } from './schedule.js';

/** The jobs that the configuration can schedule. */
export type ScheduledJob = Extract<JobName, 'scheduled-backup' | 'drill'>;

export interface JobSchedule {
  readonly job: ScheduledJob;
  readonly schedule: Schedule;
}

export interface JobSchedules {
  readonly schedules: readonly JobSchedule[];
  /** Invalid expressions. They do not stop the other job. */
  readonly problems: readonly { readonly job: ScheduledJob; readonly problem: BackupError }[];
}

export function schedulesOf({ configuration }: Project): JobSchedules {
  const { backup, drill } = configuration.schedule;
  const configured = [
    { job: 'scheduled-backup', expression: backup, key: 'schedule.backup' },
    { job: 'drill', expression: drill, key: 'schedule.drill' },
  ] as const;
  const schedules: JobSchedule[] = [];
  const problems: { job: ScheduledJob; problem: BackupError }[] = [];
  for (const { job, expression, key } of configured) {
    try {
      const schedule = parseSchedule(expression, key);
      if (schedule !== undefined) schedules.push({ job, schedule });
    } catch (error) {
      if (!(error instanceof BackupError)) throw error;
      problems.push({ job, problem: error });
    }
  }
  return { schedules, problems };
}
