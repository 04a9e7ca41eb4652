import { dirname } from 'node:path';
import { startDetached } from '../../core/system/index.js';

/** The input of the process that makes the last backup of a session. */
export interface LastBackupRequest {
  /** As on the tap's command line. */
  readonly project: string | undefined;
  /** The tap's working directory. */
  readonly folder: string;
  readonly serverPid: number | undefined;
}

/** Starts a process that outlives the tap. It runs outside the project, whose folder could otherwise not be deleted. */
export function startLastBackup(program: string, request: LastBackupRequest): void {
  startDetached({
    program: process.execPath,
    args: [program, JSON.stringify(request)],
    environment: process.env,
    folder: dirname(program),
  });
}
