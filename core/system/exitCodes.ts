import { BackupError, type BackupErrorCode } from './errors.js';

/** The exit codes of the programs, as the help and the README list them. */
export const EXIT = {
  done: 0,
  failed: 1,
  usage: 2,
  damaged: 3,
  notFound: 4,
  refused: 5,
  busy: 6,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** Damage first; `busy` last of what is wrong, as it may pass by itself. docs/watching.md promises this order. */
const WORST_FIRST: readonly ExitCode[] = [
  EXIT.damaged,
  EXIT.failed,
  EXIT.usage,
  EXIT.notFound,
  EXIT.refused,
  EXIT.busy,
  EXIT.done,
];

/** For sorting: the worst code first. */
export function worstExitFirst(a: ExitCode, b: ExitCode): number {
  return WORST_FIRST.indexOf(a) - WORST_FIRST.indexOf(b);
}

/** The exit code of a run that ended with each of these; `done` where there is none. */
export function worstExit(codes: readonly ExitCode[]): ExitCode {
  return codes.toSorted(worstExitFirst)[0] ?? EXIT.done;
}

/** What does not come from a `BackupError` is a bug, and has failed. */
export function exitCodeOf(error: unknown): ExitCode {
  return error instanceof BackupError ? EXIT_OF_CODE[error.code] : EXIT.failed;
}

export const EXIT_OF_CODE: Readonly<Record<BackupErrorCode, ExitCode>> = {
  'project-not-found': EXIT.notFound,
  'database-not-found': EXIT.notFound,
  'backup-not-found': EXIT.notFound,
  'target-not-found': EXIT.notFound,
  usage: EXIT.usage,
  'ambiguous-backup': EXIT.usage,
  configuration: EXIT.usage,
  'unsafe-name': EXIT.usage,
  'unsafe-store': EXIT.usage,
  'unsafe-path': EXIT.usage,
  'database-empty': EXIT.damaged,
  'not-a-database': EXIT.damaged,
  'unknown-format': EXIT.damaged,
  'unknown-wal-version': EXIT.damaged,
  'unreadable-journal': EXIT.damaged,
  'database-damaged': EXIT.damaged,
  'backup-damaged': EXIT.damaged,
  'features-missing': EXIT.damaged,
  'confirmation-needed': EXIT.refused,
  'agent-running': EXIT.refused,
  'database-in-use': EXIT.refused,
  'backup-protected': EXIT.refused,
  'database-busy': EXIT.busy,
  'store-busy': EXIT.busy,
  'metadata-unknown': EXIT.failed,
  'permission-denied': EXIT.failed,
  'disk-full': EXIT.failed,
  'read-only': EXIT.failed,
  'too-large': EXIT.failed,
  'time-limit': EXIT.failed,
  cancelled: EXIT.failed,
  'rclone-missing': EXIT.failed,
  'target-failed': EXIT.failed,
  io: EXIT.failed,
};
