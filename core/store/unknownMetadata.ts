import { BackupError, type Ports } from '../system/index.js';
import type { Backup, MetadataProblem } from './backup.js';

/** The metadata problems of these backups. */
export function metadataProblemsOf(backups: readonly Backup[]): readonly MetadataProblem[] {
  return backups.map(({ metadataProblem }) => metadataProblem).filter((problem) => problem !== undefined);
}

export function metadataUnknown(id: string, { path, kind, reason }: MetadataProblem, operation: string): BackupError {
  return new BackupError(`Could not ${operation}: the metadata of ${id} cannot be read: ${reason}`, {
    code: 'metadata-unknown',
    operation,
    path,
    hint: HINTS[kind],
  });
}

const HINTS: Readonly<Record<MetadataProblem['kind'], string>> = {
  unreadable: 'The backup was not changed. Make that file readable for your user, then try again.',
  damaged: 'The backup was not changed. Repair that file, or move it away; the backup then has no metadata.',
};

export function isMetadataUnknown(error: unknown): error is BackupError {
  return error instanceof BackupError && error.code === 'metadata-unknown';
}

/** One sentence with the number of backups, the files and the consequence. Undefined without problems. */
export function describeMetadataProblems(problems: readonly MetadataProblem[]): string | undefined {
  if (problems.length === 0) return undefined;
  const shown = problems
    .slice(0, SHOWN_PROBLEMS)
    .map(({ path, reason }) => (reason.includes(path) ? reason : `${path}: ${reason}`));
  const more = problems.length > shown.length ? [`and ${String(problems.length - shown.length)} more`] : [];
  const affected =
    problems.length === 1
      ? '1 backup; it is kept because it'
      : `${String(problems.length)} backups; they are kept because they`;
  return `Could not read the metadata of ${affected} may be pinned (${[...shown, ...more].join('; ')})`;
}

const SHOWN_PROBLEMS = 3;

/** Warns of backups with unknown metadata, once for each file and `onWarning` callback. */
export function warnOfUnknownMetadata(backups: readonly Backup[], { onWarning }: Ports): void {
  if (onWarning === undefined) return;
  const reported = REPORTED.get(onWarning) ?? new Set();
  REPORTED.set(onWarning, reported);
  const fresh = metadataProblemsOf(backups).filter(({ path }) => !reported.has(path));
  for (const { path } of fresh) reported.add(path);
  const warning = describeMetadataProblems(fresh);
  if (warning !== undefined) onWarning(warning);
}

const REPORTED = new WeakMap<NonNullable<Ports['onWarning']>, Set<string>>();
