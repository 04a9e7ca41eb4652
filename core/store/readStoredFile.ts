import {
  asBackupError,
  BackupError,
  isNotFound,
  OPEN_FOR_READING,
  readWhole,
  refusalReason,
  sha256Of,
  type Ports,
} from '../system/index.js';
import type { Backup, SideFile, SideFileSuffix } from './backup.js';
import { SIDE_FILE_SUFFIXES } from './storeFiles.js';

/** Twice the maximum of a snapshot; a small file that decompresses to more is hostile. */
export const MAX_IMAGE_BYTES = 2 ** 31;

/**
 * One of a backup's files, by the suffix after `backup.path`. Undefined if it is missing. A store can come with a clone,
 * so no link is followed and no pipe or device is read. Throws `backup-damaged` for those and for a file without exactly
 * `expectedBytes`, and `too-large` above `MAX_IMAGE_BYTES`.
 */
export function readStoredFile(
  backup: Backup,
  suffix: string,
  { files }: Ports,
  expectedBytes?: number,
): Buffer | undefined {
  const subject = suffix === '' ? 'it' : `its ${suffix} file`;
  try {
    const descriptor = files.openSync(backup.path + suffix, OPEN_FOR_READING);
    try {
      const stats = files.fstatSync(descriptor);
      if (!stats.isFile()) throw damagedBackup(backup, `${subject} is not a regular file`);
      if (expectedBytes !== undefined && stats.size !== expectedBytes) {
        throw damagedBackup(backup, `${subject} has ${String(stats.size)} bytes instead of ${String(expectedBytes)}`);
      }
      if (stats.size > MAX_IMAGE_BYTES) throw tooLarge(backup);
      return readWhole(descriptor, stats.size, files);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    const why = refusalReason(error);
    throw why === undefined
      ? asBackupError(error, 'read the backup', backup.path)
      : damagedBackup(backup, `${subject} is ${why}`, error);
  }
}

function tooLarge(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} is too large to read`, {
    code: 'too-large',
    operation: 'read the backup',
    path: backup.path,
  });
}

export function damagedBackup(backup: Backup, why: string, cause?: unknown): BackupError {
  return new BackupError(`The backup ${backup.id} is damaged: ${why}`, {
    code: 'backup-damaged',
    operation: 'read the backup',
    path: backup.path,
    hint: 'Choose another backup. Run feature-backups verify to see which ones are intact.',
    cause,
  });
}

/** Describes a difference from the recorded checksum; undefined if it matches or none was recorded. */
export function contentProblem({ metadata }: Pick<Backup, 'metadata'>, sha256: string): string | undefined {
  if (metadata?.sha256 === undefined || metadata.sha256 === sha256) return undefined;
  return `its content has changed since it was made: SHA-256 ${sha256} instead of ${metadata.sha256}`;
}

/** A `-wal` or `-journal`; valid only together with its own database. */
export interface SideFileContent {
  readonly suffix: SideFileSuffix;
  readonly bytes: Buffer;
}

/**
 * The side files of a raw emergency backup: those listed in its metadata, else those beside it. Throws `backup-damaged`
 * if one is not the regular file that was saved.
 */
export function readSideFiles(backup: Backup, ports: Ports): readonly SideFileContent[] {
  const listed = backup.metadata?.sideFiles;
  if (listed !== undefined) return listed.map((side) => readListed(backup, side, ports));
  return SIDE_FILE_SUFFIXES.flatMap((suffix) => {
    const bytes = readStoredFile(backup, suffix, ports);
    return bytes === undefined ? [] : [{ suffix, bytes }];
  });
}

/** Problems with the side files; empty if they are unchanged. */
export function sideFileProblems(backup: Backup, ports: Ports): readonly string[] {
  try {
    readSideFiles(backup, ports);
    return [];
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-damaged') return [error.message];
    throw error;
  }
}

function readListed(backup: Backup, { suffix, sizeBytes, sha256 }: SideFile, ports: Ports): SideFileContent {
  const bytes = readStoredFile(backup, suffix, ports, sizeBytes);
  if (bytes === undefined || sha256Of(bytes) !== sha256) {
    throw damagedBackup(backup, `its ${suffix} file is missing or has changed since it was made`);
  }
  return { suffix, bytes };
}
