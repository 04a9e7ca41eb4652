// Reports the problems of some projects in its own process, which may be killed:
//   notifyDriver <NotifyRequest as JSON>; prints the NotifyReport as JSON.
import { healthProblem } from '../../core/health/describeProblem.js';
import type { ProjectHealth } from '../../core/health/healthProblem.js';
import { notifyProblems } from '../../core/notify/notifyProblems.js';
import { realPorts } from '../../core/system/ports.js';
import type { NotificationPolicy } from '../../core/project/project.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface NotifyRequest {
  readonly policy: NotificationPolicy;
  /** Names of projects whose database is damaged. */
  readonly damaged: readonly string[];
  readonly well?: readonly string[];
  readonly timeoutMs?: number;
  readonly stop?: Stop;
  /** The user's state folder, if the environment does not contain it. */
  readonly state?: string;
}

const [, , argument = '{}'] = process.argv;
const request = JSON.parse(argument) as NotifyRequest;
const healths: ProjectHealth[] = [
  ...request.damaged.map((name) => ({
    project: testProject(`/projects/${name}`),
    summary: undefined,
    problems: [healthProblem({ code: 'database-damaged', severity: 'critical', what: [`${name} is damaged`] })],
  })),
  ...(request.well ?? []).map((name) => ({
    project: testProject(`/projects/${name}`),
    summary: undefined,
    problems: [],
  })),
];
const environment = {
  ...process.env,
  ...(request.state === undefined ? {} : { FEATURE_BACKUPS_STATE: request.state }),
};
const { files, calls } = stoppingFiles(request.stop);
const options = request.timeoutMs === undefined ? {} : { timeoutMs: request.timeoutMs };
const report = await notifyProblems(healths, request.policy, { ...realPorts(), files, environment }, options);
console.log(JSON.stringify({ ...report, calls }));
