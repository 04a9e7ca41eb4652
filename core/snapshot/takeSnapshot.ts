import {
  asBackupError,
  BackupError,
  isNotFound,
  systemErrorCode,
  systemOf,
  type BackupErrorCode,
  type Ports,
  type System,
} from '../system/index.js';
import { attemptSnapshot, refuseMissing } from './attempt.js';
import type { SnapshotResult, Snapshot, SnapshotOptions } from './snapshot.js';
import { concurrentWrite, type Inconsistency } from './inconsistency.js';
import { GrowingImage } from './growingImage.js';
import { isBeingBackedUpNatively, takeNativeBackup } from './nativeBackup.js';

/**
 * Returns a consistent image of the database, at least as new as the last commit before the call. Takes no locks and
 * writes nothing. Each attempt is synchronous; the event loop runs between attempts.
 *
 * Never call it in a process that has the same database open through a native SQLite: closing a descriptor releases
 * that connection's POSIX locks.
 *
 * Throws BackupError: database-not-found, database-empty, not-a-database, unknown-format, unknown-wal-version,
 * unreadable-journal, database-damaged, too-large, permission-denied, database-busy, cancelled, io.
 */
export async function takeSnapshot(
  databasePath: string,
  ports: Ports,
  options: SnapshotOptions = {},
): Promise<Snapshot> {
  const { timeoutMs = 5000, maxSizeBytes = 2 ** 30, signal } = options;
  const system = systemOf(ports);
  const budget = new RetryBudget(system.monotonicMs() + timeoutMs, system);
  const image = new GrowingImage(maxSizeBytes, databasePath);
  for (let attempts = 1; ; attempts += 1) {
    refuseCancelled(signal, databasePath);
    const result = attemptAt(databasePath, ports, image);
    if (!('inconsistency' in result)) return { ...result, attempts };
    if (!budget.allowsAnother(result))
      return await fallBackToSqlite(databasePath, ports, maxSizeBytes, result, attempts);
    await pause(attempts, system);
  }
}

/** Longer than any race lasts. After this time, damage is reported, because waiting does not repair it. */
const PERSISTENT_MS = 500;
const PERSISTENT_ATTEMPTS = 5;
/** Under load, `backup()` sometimes fails, and often succeeds on the next attempt. */
const MAX_NATIVE_ATTEMPTS = 3;
const FIRST_PAUSE_MS = 0.2;
const MAX_PAUSE_MS = 15;

/** Decides when to give up: on races at the deadline, on all other inconsistencies once they persist. */
class RetryBudget {
  #code: BackupErrorCode | undefined;
  #since = 0;
  #repeated = 0;

  constructor(
    private readonly deadline: number,
    private readonly system: System,
  ) {}

  allowsAnother({ code }: Inconsistency): boolean {
    const now = this.system.monotonicMs();
    if (code !== this.#code) {
      this.#code = code;
      this.#since = now;
      this.#repeated = 0;
    }
    this.#repeated += 1;
    if (now >= this.deadline) return false;
    if (code === 'database-busy') return true;
    return this.#repeated < PERSISTENT_ATTEMPTS || now - this.#since < PERSISTENT_MS;
  }
}

function attemptAt(databasePath: string, ports: Ports, image: GrowingImage): SnapshotResult | Inconsistency {
  try {
    const path = resolveLinks(databasePath, ports);
    if (isBeingBackedUpNatively(path))
      return concurrentWrite('this process is already copying the database through SQLite');
    return attemptSnapshot(path, ports, image);
  } catch (error) {
    if (systemErrorCode(error) === undefined) throw error;
    throw asBackupError(error, 'read the database', databasePath);
  }
}

function resolveLinks(databasePath: string, { files }: Ports): string {
  try {
    return files.realpathSync(databasePath);
  } catch (error) {
    if (isNotFound(error) || systemErrorCode(error) === 'ENOTDIR') refuseMissing(databasePath, error);
    throw error;
  }
}

async function fallBackToSqlite(
  databasePath: string,
  ports: Ports,
  maxSizeBytes: number,
  lastInconsistency: Inconsistency,
  attempts: number,
): Promise<Snapshot> {
  if (lastInconsistency.code !== 'database-busy') throw asError(lastInconsistency, databasePath);
  for (let tries = 1; ; tries += 1) {
    const native = await takeNativeBackup(resolveLinks(databasePath, ports), ports, maxSizeBytes);
    if (native === undefined) throw asError(lastInconsistency, databasePath);
    if (!('inconsistency' in native)) return { ...native, attempts: attempts + tries };
    if (tries === MAX_NATIVE_ATTEMPTS) throw asError({ ...native, code: 'database-busy' }, databasePath);
  }
}

function asError({ inconsistency, code, cause }: Inconsistency, path: string): BackupError {
  const message = `Could not take a consistent snapshot of ${path}: ${inconsistency}`;
  return new BackupError(message, { code, operation: 'take a snapshot', path, hint: HINT_OF_CODE[code], cause });
}

const HINT_OF_CODE: Partial<Record<BackupErrorCode, string>> = {
  'database-busy': 'Other processes kept writing. Try again in a moment, or stop them first.',
  'database-damaged': 'Restore the last good backup, or salvage the database.',
  'database-empty': 'If it contained features before, restore the newest backup.',
  'unreadable-journal': 'Open the database with its own program, so that SQLite recovers it.',
  'permission-denied': 'Check the owner and permissions of the file and its folder.',
};

function refuseCancelled(signal: AbortSignal | undefined, path: string): void {
  if (signal?.aborted !== true) return;
  throw new BackupError('The snapshot was cancelled', { code: 'cancelled', operation: 'take a snapshot', path });
}

/** Exponential backoff with jitter, so retries do not synchronise with a periodic writer. */
async function pause(attempts: number, system: System): Promise<void> {
  const maxMs = Math.min(MAX_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(attempts - 1, 10));
  await system.pause(maxMs * (0.5 + system.random() / 2));
}
