/**
 * Codes of failures. A front end maps a code to an exit status or a sentence; it never parses messages. Ordinary outcomes
 * (an unchanged database, a damaged one that was backed up as an emergency) are results, not errors.
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
  // damaged: the content is not a valid database
  | 'database-empty'
  | 'not-a-database'
  | 'unknown-format'
  | 'unknown-wal-version'
  | 'unreadable-journal'
  | 'database-damaged'
  | 'backup-damaged'
  | 'features-missing'
  // refused: needs a confirmation, a flag, or another process to stop
  | 'confirmation-needed'
  | 'agent-running'
  | 'database-in-use'
  | 'backup-protected'
  // busy
  | 'database-busy'
  | 'store-busy'
  // failed
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

/** Errors about a database's content, which neither waiting nor a permission can resolve. */
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
  /** A verb phrase: "read the write-ahead log". */
  readonly operation: string;
  /** The affected file or folder, absolute. */
  readonly path?: string | undefined;
  /** What the user can do next; never a destructive command to paste. */
  readonly hint?: string | undefined;
  readonly cause?: unknown;
}

/** The only error that the engine throws on purpose. Any other error is a bug. */
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

/** True for a missing file, which callers expect. They rethrow every other error. */
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
  'permission-denied': 'Check the owner and permissions of the file and its folder.',
  'read-only': 'The file system is mounted read-only. Make it writable, or configure another store folder.',
  'disk-full': 'Free some space on that disk, then try again.',
};

/** Wraps a system error with its operation and path; returns a BackupError unchanged. */
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
