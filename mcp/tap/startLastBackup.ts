import { dirname } from 'node:path';
import { startDetached } from '../../core/system/index.js';

/** What the process for the last backup of a session needs to know. */
export interface LastBackupRequest {
  /** As on the tap's command line. */
  readonly project: string | undefined;
  /** The tap's working directory. */
  readonly folder: string;
  readonly serverPid: number | undefined;
}

/** Starts a process that outlives the tap. It does not run in the project's folder, which could then not be deleted. */
export function startLastBackup(program: string, request: LastBackupRequest): void {
  startDetached({
    program: process.execPath,
    args: [program, JSON.stringify(request)],
    environment: process.env,
    folder: dirname(program),
  });
}
