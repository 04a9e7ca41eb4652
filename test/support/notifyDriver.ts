// Reports the problems of some projects in a process of its own, which may be killed:
//   notifyDriver <NotifyOrder as JSON>; prints the NotifyReport as JSON.
import { healthProblem } from '../../core/health/describeProblem.js';
import type { ProjectHealth } from '../../core/health/healthProblem.js';
import { notifyProblems } from '../../core/notify/notifyProblems.js';
import { realPorts } from '../../core/system/ports.js';
import type { NotificationPolicy } from '../../core/project/project.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface NotifyOrder {
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
const order = JSON.parse(argument) as NotifyOrder;
const healths: ProjectHealth[] = [
  ...order.damaged.map((name) => ({
    project: testProject(`/projects/${name}`),
    summary: undefined,
    problems: [healthProblem({ code: 'database-damaged', severity: 'critical', what: [`${name} is damaged`] })],
  })),
  ...(order.well ?? []).map((name) => ({
    project: testProject(`/projects/${name}`),
    summary: undefined,
    problems: [],
  })),
];
const environment = { ...process.env, ...(order.state === undefined ? {} : { FEATURE_BACKUPS_STATE: order.state }) };
const { files, calls } = stoppingFiles(order.stop);
const options = order.timeoutMs === undefined ? {} : { timeoutMs: order.timeoutMs };
const report = await notifyProblems(healths, order.policy, { ...realPorts(), files, environment }, options);
console.log(JSON.stringify({ ...report, calls }));
