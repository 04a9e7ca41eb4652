import { join } from 'node:path';
import { serviceFileState, serviceSetUp } from '../service/index.js';
import type { SetupPrograms } from '../setup/index.js';
import { BackupError, type Ports } from '../system/index.js';
import { runningWatcher } from '../watch/index.js';
import { ok, problem, sentence, type DoctorCheck } from './check.js';

/** Nothing if neither a service is installed nor a watcher is running. */
export function checkService({ node, folder }: SetupPrograms, ports: Ports): readonly DoctorCheck[] {
  try {
    const programs = { node, program: join(folder, 'feature-backups.cjs'), launcher: join(folder, 'launch.sh') };
    const setUp = serviceSetUp(programs, ports);
    const file = serviceFileState(setUp, ports);
    const watcher = runningWatcher(ports);
    const isInstalled = file !== 'absent' && file !== 'foreign';
    if (watcher !== undefined)
      return [ok('service', '', `The watcher is running as process ${String(watcher.pid)} on ${watcher.host}.`)];
    if (!isInstalled) return [];
    const description = `The service ${setUp.path} is installed, but its watcher is not running.`;
    return [problem('service', '', { description, advice: 'Run feature-backups service install to start it again.' })];
  } catch (error) {
    if (!(error instanceof BackupError)) throw error;
    // Without a home folder or from a temporary folder, no service can be installed.
    if (error.code === 'configuration') return [];
    return [problem('service', '', { description: sentence(error.message), advice: error.hint })];
  }
}
