/**
 * What can go wrong, as literal codes. A front end maps a code to an exit status or a sentence; it never parses messages.
 * Ordinary outcomes (an unchanged database, a damaged one that was saved as an emergency) are results, not errors.
 */
export type BackupErrorCode =
  // not found
  | 'project-not-found'
  | 'database-not-found'
  | 'backup-not-found'
  | 'target-not-found'
  // wrong usage or configuration
  | 'usage'
  | 'ambiguous-backup'
  | 'configuration'
  | 'unsafe-name'
  | 'unsafe-store'
  | 'unsafe-path'
  // damaged: the bytes are not a database that can be trusted
  | 'database-empty'
  | 'not-a-database'
  | 'unknown-format'
  | 'unknown-wal-version'
  | 'unreadable-journal'
  | 'database-damaged'
  | 'backup-damaged'
  | 'features-missing'
  // refused: it needs a confirmation, a flag, or somebody to stop
  | 'confirmation-needed'
  | 'agent-running'
  | 'database-in-use'
  | 'backup-protected'
  // busy
  | 'database-busy'
  | 'store-busy'
  // it failed
  | 'metadata-unknown'
  | 'permission-denied'
  | 'disk-full'
  | 'read-only'
  | 'too-large'
  | 'time-limit'
  | 'cancelled'
  | 'rclone-missing'
  | 'target-failed'
  | 'io';

/** Refusals that speak of a database's content: neither waiting nor a permission would help. */
export const DAMAGE_CODES: ReadonlySet<BackupErrorCode> = new Set<BackupErrorCode>([
  'database-empty',
  'not-a-database',
  'unknown-format',
  'unknown-wal-version',
  'unreadable-journal',
  'database-damaged',
]);

export interface BackupErrorDetails {
  readonly code: BackupErrorCode;
  /** What was being done, as a verb phrase: "read the write-ahead log". */
  readonly operation: string;
  /** The file or folder concerned, absolute. */
  readonly path?: string | undefined;
  /** What the person can do next; never a destructive command ready to paste. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The only error the engine throws on purpose. Anything else that escapes is a bug. */
export class BackupError extends Error {
  readonly code: BackupErrorCode;
  readonly operation: string;
  readonly path: string | undefined;
  readonly hint: string | undefined;

  constructor(message: string, details: BackupErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'BackupError';
    this.code = details.code;
    this.operation = details.operation;
    this.path = details.path;
    this.hint = details.hint;
  }
}

/** The `code` of a Node system error ("ENOENT"), or undefined for anything else. */
export function systemErrorCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}

/** True for the one absence that callers expect; everything else is to be rethrown. */
export function isNotFound(error: unknown): boolean {
  return systemErrorCode(error) === 'ENOENT';
}

const CODE_OF_SYSTEM_ERROR: ReadonlyMap<string | undefined, BackupErrorCode> = new Map([
  ['EACCES', 'permission-denied'],
  ['EPERM', 'permission-denied'],
  ['EROFS', 'read-only'],
  ['ENOSPC', 'disk-full'],
  ['EDQUOT', 'disk-full'],
]);

const HINT_OF_CODE: Partial<Readonly<Record<BackupErrorCode, string>>> = {
  'permission-denied': 'Check who owns the file and its folder, and that you may read and write there.',
  'read-only': 'The file system is mounted read-only; make it writable or configure another store folder.',
  'disk-full': 'Free some space on that disk, then run this again.',
};

/** Wraps a system error with the operation and the path it concerns; a BackupError passes unchanged. */
export function asBackupError(error: unknown, operation: string, path: string): BackupError {
  if (error instanceof BackupError) return error;
  const code = CODE_OF_SYSTEM_ERROR.get(systemErrorCode(error)) ?? 'io';
  const reason = error instanceof Error ? error.message : String(error);
  return new BackupError(`Could not ${operation}: ${reason}`, {
    code,
    operation,
    path,
    hint: HINT_OF_CODE[code],
    cause: error,
  });
}
