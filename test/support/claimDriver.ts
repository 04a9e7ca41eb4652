// Claims due times of a scheduled job in its own process, which may be killed:
//   node claimDriver <ClaimRequest as JSON>; prints for each due time whether the claim succeeded, as JSON.
import { claimDue, recordJobResult } from '../../core/store/jobs.js';
import { realPorts } from '../../core/system/ports.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface ClaimRequest {
  readonly root: string;
  /** ISO 8601. */
  readonly dueTimes: readonly string[];
  readonly stop?: Stop;
}

const [, , argument = '{}'] = process.argv;
const request = JSON.parse(argument) as ClaimRequest;
const ports = { ...realPorts(), files: stoppingFiles(request.stop).files };
const project = testProject(request.root);

for (const dueTime of request.dueTimes) {
  const isClaimed = await claimDue(project, 'scheduled-backup', new Date(dueTime), ports);
  if (isClaimed) await recordJobResult(project, 'scheduled-backup', undefined, ports);
  console.log(JSON.stringify(isClaimed));
}
