import { BackupError, type BackupErrorCode } from '../system/index.js';

/** SQLite's primary result code: 5 busy, 6 locked, 11 corrupt, 26 not a database; undefined for other errors. */
export function sqliteResultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode & 0xff;
}

/** Busy or locked; `backup()` reports busy as "not an error", code 0. */
export function isBusy(error: unknown): boolean {
  const code = sqliteResultCode(error);
  return code === 0 || code === 5 || code === 6 || (error instanceof Error && error.message.includes('not an error'));
}

/** Wraps an error of SQLite; returns any other unchanged. `operation` as in `BackupError`. */
export function asSqliteFailure(error: unknown, operation: string, path: string): unknown {
  const result = sqliteResultCode(error);
  if (result === undefined || error instanceof BackupError) return error;
  const { code, hint } = isBusy(error) ? BUSY : (FAILURES.get(result) ?? OTHER);
  return new BackupError(`Could not ${operation}: ${(error as Error).message}`, {
    code,
    operation,
    path,
    hint,
    cause: error,
  });
}

interface Failure {
  readonly code: BackupErrorCode;
  readonly hint: string;
}

const BUSY: Failure = {
  code: 'database-busy',
  hint: 'Nothing was changed. Wait until other processes stop writing, or stop them, then try again.',
};
const DENIED: Failure = {
  code: 'permission-denied',
  hint: 'Nothing was changed. Check the owner and permissions of the database and its folder.',
};
const OTHER: Failure = {
  code: 'io',
  hint: 'Nothing was changed. Close the database in other processes, then try again.',
};

/** By SQLite's primary result code: perm, readonly, corrupt, full, cantopen. */
const FAILURES: ReadonlyMap<number, Failure> = new Map<number, Failure>([
  [3, DENIED],
  [8, DENIED],
  [11, { code: 'database-damaged', hint: 'Nothing was changed. Restore the whole backup instead.' }],
  [13, { code: 'disk-full', hint: 'Nothing was changed. Free some space on that disk, then try again.' }],
  [14, DENIED],
]);
