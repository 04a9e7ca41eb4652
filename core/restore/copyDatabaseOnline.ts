import { setTimeout as sleep } from 'node:timers/promises';
import { BackupError } from '../system/index.js';
import type { SqliteModule } from '../snapshot/index.js';
import { isBusy, sqliteResultCode } from './sqliteErrors.js';

const GIVE_UP_AFTER_MS = 30_000;
/** More pages than any database has, so the copy is one step that no other writer can interrupt. */
const ALL_PAGES_IN_ONE_STEP = 2 ** 31 - 1;

/**
 * Copies a whole database over the live one through SQLite's backup API, under its locks: for different tables, or a
 * damaged live database. The API does not wait for writers, so attempts are repeated.
 */
export async function copyDatabaseOnline(
  databasePath: string,
  sourcePath: string,
  sqlite: SqliteModule,
): Promise<void> {
  const source = new sqlite.DatabaseSync(sourcePath, { readOnly: true });
  try {
    const deadline = Date.now() + GIVE_UP_AFTER_MS;
    for (let waitMs = 2; ; waitMs = Math.min(waitMs * 2, 50)) {
      try {
        await sqlite.backup(source, databasePath, { rate: ALL_PAGES_IN_ONE_STEP });
        return;
      } catch (error) {
        if (!isBusy(error) || Date.now() > deadline) throw failed(databasePath, error);
      }
      await sleep(waitMs * (0.5 + Math.random()));
    }
  } finally {
    source.close();
  }
}

function failed(path: string, cause: unknown): BackupError {
  const operation = 'restore into the live database';
  const hint = 'Close the database in other processes, then try again.';
  if (isBusy(cause)) {
    const message = 'Other processes kept the live database locked';
    return new BackupError(message, { code: 'database-busy', operation, path, hint, cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  const isFull = sqliteResultCode(cause) === FULL;
  return new BackupError(`SQLite could not write the live database: ${reason}`, {
    code: isFull ? 'disk-full' : 'io',
    operation,
    path,
    hint: isFull ? 'Free some space on that disk, then try again.' : hint,
    cause,
  });
}

const FULL = 13;
