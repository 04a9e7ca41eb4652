import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  findLock,
  LOCK_NAME,
  ownIdentity,
  parseJson,
  readSmallFile,
  asRecord,
  removeQuietly,
  replaceFile,
  userStateFolder,
  withStoreLock,
  type Ports,
} from '../system/index.js';

/** The status of a running watcher, which it records after every pass. */
export interface WatcherReport {
  readonly version: string;
  /** The end of its last pass over all projects, ISO 8601. */
  readonly lastPassAt: string;
  readonly projects: number;
  readonly openProblemCount: number;
}

export interface RunningWatcher {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Undefined until its first pass has ended. */
  readonly report: WatcherReport | undefined;
}

/**
 * Runs `work` as the user's only watcher. Throws `store-busy` with the process id if another one is running.
 * `heartbeat` records a report, and throws `store-busy` if another watcher has taken over.
 */
export async function runAsOnlyWatcher<T>(
  ports: Ports,
  work: (heartbeat: (report: WatcherReport) => void) => Promise<T>,
): Promise<T> {
  const folder = watchFolder(ports);
  try {
    ports.files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asBackupError(error, 'create the state folder', folder);
  }
  const own = { isRunning: false };
  try {
    return await withStoreLock(
      folder,
      ports,
      async (lock) => {
        own.isRunning = true;
        const path = join(folder, REPORT_FILE);
        try {
          return await work((report) => {
            lock.assertHeld();
            writeReport(path, report, ports);
          });
        } finally {
          removeQuietly(path, ports.files);
        }
      },
      { timeoutMs: LOCK_TIMEOUT_MS, name: 'the watcher' },
    );
  } catch (error) {
    if (own.isRunning || !(error instanceof BackupError) || error.code !== 'store-busy') throw error;
    throw alreadyWatching(runningWatcher(ports), folder, error);
  }
}

export function runningWatcher(ports: Ports): RunningWatcher | undefined {
  const folder = watchFolder(ports);
  try {
    const lock = findLock(join(folder, LOCK_NAME), ownIdentity(ports.files), ports.now().getTime(), ports);
    if (lock?.record === undefined || lock.stale) return undefined;
    const { pid, host, since } = lock.record;
    return { pid, host, since, report: readReport(join(folder, REPORT_FILE), ports) };
  } catch (error) {
    throw asBackupError(error, 'find a running watcher', folder);
  }
}

const REPORT_FILE = 'report.json';
const MAX_REPORT_BYTES = 4096;
/** Long enough to outlast a process that takes the lock for a moment; a watcher keeps it far longer. */
const LOCK_TIMEOUT_MS = 300;

function watchFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'watch');
}

function writeReport(path: string, report: WatcherReport, { files }: Ports): void {
  const temporaryPath = `${path}.new`;
  try {
    // A killed watcher may have left this file. Only the owner of the lock writes it.
    removeQuietly(temporaryPath, files);
    const { version, lastPassAt, projects, openProblemCount } = report;
    const document = { version, lastPassAt, projects, troubles: openProblemCount };
    replaceFile(path, temporaryPath, Buffer.from(`${JSON.stringify(document)}\n`), files);
  } catch {
    // The report is optional. On a full disk, backups fail too, and those failures are reported.
  }
}

function readReport(path: string, { files }: Ports): WatcherReport | undefined {
  const value = parseJson(readSmallFile(path, MAX_REPORT_BYTES, files)?.toString());
  const { version, lastPassAt, projects, troubles } = asRecord(value);
  if (typeof version !== 'string' || typeof lastPassAt !== 'string') return undefined;
  if (typeof projects !== 'number' || typeof troubles !== 'number') return undefined;
  return { version, lastPassAt, projects, openProblemCount: troubles };
}

function alreadyWatching(watcher: RunningWatcher | undefined, path: string, cause: BackupError): BackupError {
  const who =
    watcher === undefined
      ? ''
      : `: process ${watcher.pid.toString()} on ${watcher.host}, since ${watcher.since.slice(0, 19).replace('T', ' ')} UTC`;
  return new BackupError(`A watcher is already running${who}`, {
    code: 'store-busy',
    operation: 'start watching',
    path,
    hint: 'One watcher handles all projects of a user. If it runs as a service, see "feature-backups service status".',
    cause,
  });
}
