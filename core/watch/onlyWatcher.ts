import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  findLock,
  LOCK_NAME,
  ownIdentity,
  parseJson,
  readSmallFile,
  recordOf,
  removeQuietly,
  replaceFile,
  userStateFolder,
  withStoreLock,
  type Ports,
} from '../system/index.js';

/** What a running watcher tells of itself. */
export interface WatcherReport {
  readonly version: string;
  /** ISO 8601: when its last pass over all projects ended. */
  readonly lastPassAt: string;
  readonly projects: number;
  /** How many things go wrong at present. */
  readonly troubles: number;
}

export interface RunningWatcher {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601. */
  readonly since: string;
  /** Undefined before its first pass has ended. */
  readonly report: WatcherReport | undefined;
}

/**
 * Runs `work` as the user's only watcher. Throws `store-busy` naming the process where there is one already; one that
 * died is no hindrance. `beat` tells the others how it goes, and throws `store-busy` where another has taken over.
 */
export async function asOnlyWatcher<T>(
  ports: Ports,
  work: (heartbeat: (report: WatcherReport) => void) => Promise<T>,
): Promise<T> {
  const folder = watchFolder(ports);
  try {
    ports.files.mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw asBackupError(error, 'make the folder for the state of Feature Backups', folder);
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
      { timeoutMs: LOCK_TIMEOUT_MS },
    );
  } catch (error) {
    if (own.isRunning || !(error instanceof BackupError) || error.code !== 'store-busy') throw error;
    throw alreadyWatching(runningWatcher(ports), folder, error);
  }
}

/** The watcher of this user that runs now, if one does. */
export function runningWatcher(ports: Ports): RunningWatcher | undefined {
  const folder = watchFolder(ports);
  try {
    const found = findLock(join(folder, LOCK_NAME), ownIdentity(ports.files), ports.now().getTime(), ports);
    if (found?.record === undefined || found.stale) return undefined;
    const { pid, host, since } = found.record;
    return { pid, host, since, report: readReport(join(folder, REPORT_FILE), ports) };
  } catch (error) {
    throw asBackupError(error, 'look for a running watcher', folder);
  }
}

const REPORT_FILE = 'report.json';
const MAX_REPORT_BYTES = 4096;
/** Another may look at the lock in just this moment; nobody who has it gives it back so soon. */
const LOCK_TIMEOUT_MS = 300;

function watchFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'watch');
}

function writeReport(path: string, report: WatcherReport, { files }: Ports): void {
  const temporaryPath = `${path}.new`;
  try {
    // Left by a watcher that was killed here; only the holder of the lock writes it.
    removeQuietly(temporaryPath, files);
    replaceFile(path, temporaryPath, Buffer.from(`${JSON.stringify(report)}\n`), files);
  } catch {
    // It only tells; a full disk is told of where it keeps a backup from being made.
  }
}

function readReport(path: string, { files }: Ports): WatcherReport | undefined {
  const value = parseJson(readSmallFile(path, MAX_REPORT_BYTES, files)?.toString());
  const { version, lastPassAt, projects, troubles } = recordOf(value);
  if (typeof version !== 'string' || typeof lastPassAt !== 'string') return undefined;
  if (typeof projects !== 'number' || typeof troubles !== 'number') return undefined;
  return { version, lastPassAt, projects, troubles };
}

function alreadyWatching(watcher: RunningWatcher | undefined, path: string, cause: BackupError): BackupError {
  const who =
    watcher === undefined
      ? ''
      : `: process ${watcher.pid.toString()} on ${watcher.host}, since ${watcher.since.slice(0, 19).replace('T', ' ')} UTC`;
  return new BackupError(`A watcher runs already${who}`, {
    code: 'store-busy',
    operation: 'start watching',
    path,
    hint: 'One watcher sees to all projects of a user. If it runs as a service, "feature-backups service status" tells more.',
    cause,
  });
}
