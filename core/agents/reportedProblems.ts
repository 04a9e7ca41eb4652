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
 * Whether a problem was not yet reported to a session since the last successful backup; records it as reported. Each
 * call starts a new hook process, so the record is an empty file in the state folder. True if that folder cannot be
 * written.
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

/** After a successful backup, so the same problem is reported again if it recurs. Never throws. */
export function forgetReported(path: string, ports: Ports): void {
  try {
    const folder = folderOf(path, ports);
    for (const name of ports.files.readdirSync(folder)) removeQuietly(join(folder, name), ports.files);
  } catch {
    // Usually, the folder does not exist.
  }
}

function folderOf(path: string, { environment }: Ports): string {
  return join(userStateFolder(environment), 'reported-problems', hashOfPath(path));
}

const MAX_RECORDS = 200;
