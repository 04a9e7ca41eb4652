import { join } from 'node:path';
import { systemErrorCode } from '../../core/system/index.js';
import { BackupThread } from './backupThread.js';
import { notice } from './notices.js';
import { Session } from './session.js';
import { spawnServer } from './spawnServer.js';
import { startLastBackup } from './startLastBackup.js';
import { parseTapOptions, TAP_USAGE } from './tapOptions.js';

/**
 * Runs the tap. Returns 2 for wrong usage. Otherwise the process later ends in the same way as the server, or with a
 * shell's exit code 126 or 127 if the server could not be started.
 */
export function run(argv: readonly string[]): number {
  const options = parseTapOptions(argv);
  if (typeof options === 'string') {
    notice(`${options}. ${TAP_USAGE}`);
    return 2;
  }
  const server = spawnServer(options.command, options.args);
  server.once('error', (error) => {
    if (server.pid !== undefined) return;
    notice(`could not start the server: ${error.message}`);
    process.exitCode = systemErrorCode(error) === 'ENOENT' ? 127 : 126;
  });
  if (server.pid === undefined) return 0;
  const { project } = options;
  const file = join(import.meta.dirname, 'tap-worker.cjs');
  const thread = new BackupThread({ file, project });
  const lastBackup = { project, folder: process.cwd(), serverPid: server.pid };
  new Session({
    ...options,
    server,
    thread,
    startLastBackup: () => startLastBackup(file, lastBackup),
    input: process.stdin,
    output: process.stdout,
  }).start();
  return 0;
}
