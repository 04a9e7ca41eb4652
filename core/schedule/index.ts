export { schedulesOf, type ScheduledJob } from './jobSchedules.js';
export { nextDue, runDueJobs, type JobRun } from './runDueJobs.js';
