// Claims due times of a scheduled job in a process of its own, which may be killed:
//   node claimDriver <ClaimOrder as JSON>; prints for each due time whether the claim succeeded, as JSON.
import { claimDue, recordJobResult } from '../../core/store/jobs.js';
import { realPorts } from '../../core/system/ports.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface ClaimOrder {
  readonly root: string;
  /** ISO 8601. */
  readonly dueTimes: readonly string[];
  readonly stop?: Stop;
}

const [, , argument = '{}'] = process.argv;
const order = JSON.parse(argument) as ClaimOrder;
const ports = { ...realPorts(), files: stoppingFiles(order.stop).files };
const project = testProject(order.root);

for (const dueTime of order.dueTimes) {
  const isClaimed = await claimDue(project, 'scheduled-backup', new Date(dueTime), ports);
  if (isClaimed) await recordJobResult(project, 'scheduled-backup', undefined, ports);
  console.log(JSON.stringify(isClaimed));
}
