// Makes one backup, cleans up once, or starts over, at a given time in its own process, which may be killed:
//   node runDriver <RunRequest as JSON>
import { cleanUp } from '../../core/retention/cleanUp.js';
import { createBackup } from '../../core/backup/createBackup.js';
import { startOver } from '../../core/backup/startOver.js';
import { realPorts } from '../../core/system/ports.js';
import type { RetentionPolicy } from '../../core/project/project.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface RunRequest {
  readonly command: 'backup' | 'cleanup' | 'start-over';
  readonly root: string;
  readonly retention: Partial<RetentionPolicy>;
  readonly nowMs: number;
  readonly stop: Stop;
}

const [, , argument = '{}'] = process.argv;
const { command, root, retention, nowMs, stop } = JSON.parse(argument) as RunRequest;
const ports = { ...realPorts(), files: stoppingFiles(stop).files, now: () => new Date(nowMs) };
const project = testProject(root, retention);
if (command === 'backup') await createBackup(project, { source: 'cli', reason: 'driven' }, ports);
else if (command === 'start-over') await startOver(project, {}, ports);
else await cleanUp(project, ports);
