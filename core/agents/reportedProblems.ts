import { join } from 'node:path';
import { hashOfPath } from '../project/index.js';
import { PRIVATE_MODE, removeQuietly, systemErrorCode, userStateFolder, type Ports } from '../system/index.js';

/** A problem that a hook reports to one session of an agent. */
export interface ReportedProblem {
  /** The project's folder. */
  readonly path: string;
  readonly code: string;
  readonly session: string;
}

/**
 * Whether a session has not seen a problem since the last success; records that it has. A hook is a process for each
 * call, so the record is an empty file in the state folder. True if that folder cannot be written.
 */
export function isUnreported({ path, code, session }: ReportedProblem, ports: Ports): boolean {
  const { files } = ports;
  try {
    const folder = folderOf(path, ports);
    files.mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (files.readdirSync(folder).length >= MAX_RECORDS) forgetReported(path, ports);
    const record = join(folder, `${hashOfPath(session)}-${hashOfPath(code)}`);
    files.closeSync(files.openSync(record, 'wx', PRIVATE_MODE));
    return true;
  } catch (error) {
    return systemErrorCode(error) !== 'EEXIST';
  }
}

/** After a success: the next problem is a new one. Never throws. */
export function forgetReported(path: string, ports: Ports): void {
  try {
    const folder = folderOf(path, ports);
    for (const name of ports.files.readdirSync(folder)) removeQuietly(join(folder, name), ports.files);
  } catch {
    // Nearly always, nothing is recorded.
  }
}

function folderOf(path: string, { environment }: Ports): string {
  return join(userStateFolder(environment), 'reported-problems', hashOfPath(path));
}

const MAX_RECORDS = 200;
