// Makes backups in its own process, which may be killed:
//   node backupDriver <BackupRequest as JSON>; prints a BackupResult as JSON for every backup.
import { createBackup } from '../../core/backup/createBackup.js';
import { BackupError } from '../../core/system/errors.js';
import { realPorts } from '../../core/system/ports.js';
import type { RetentionPolicy } from '../../core/project/project.js';
import { stoppingFiles, type Stop } from './stoppingFiles.js';
import { testProject } from './testProject.js';

export interface BackupRequest {
  readonly root: string;
  readonly retention?: Partial<RetentionPolicy>;
  readonly stop?: Stop;
  /** The number of backups; one by default. */
  readonly times?: number;
}

export interface BackupResult {
  /** The outcome's status, or the error's code. */
  readonly result: string;
  readonly id: string | undefined;
  readonly message: string | undefined;
  /** The file system changes so far. */
  readonly calls: readonly string[];
}

const [, , argument = '{}'] = process.argv;
const request = JSON.parse(argument) as BackupRequest;
const { files, calls } = stoppingFiles(request.stop);
const ports = { ...realPorts(), files };
const project = testProject(request.root, request.retention);

for (let i = 0; i < (request.times ?? 1); i += 1) {
  console.log(JSON.stringify(await backUpOnce()));
}

async function backUpOnce(): Promise<BackupResult> {
  try {
    const outcome = await createBackup(project, { source: 'cli', reason: 'driven' }, ports);
    const backup = outcome.status === 'damaged' ? outcome.emergency : outcome.backup;
    return { result: outcome.status, id: backup.id, message: undefined, calls };
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    return { result: error.code, id: undefined, message: error.message, calls };
  }
}
