import {
  asBackupError,
  BackupError,
  isNotFound,
  OPEN_FOR_READING,
  readWhole,
  refusalOf,
  type Ports,
} from '../system/index.js';
import type { Backup } from './types.js';

/** Twice what a snapshot may have; a small file that claims to unfold to more is hostile. */
export const MAX_IMAGE_BYTES = 2 ** 31;

/**
 * One of a backup's files, by what its name has beyond `backup.path`. Undefined where it is missing. A store may have
 * come with a clone, so no link is followed and no pipe or device is read. Throws `backup-damaged` for those and for a
 * file that has not `expectedBytes`, and `too-large` above `MAX_IMAGE_BYTES`.
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
    const why = refusalOf(error);
    throw why === undefined
      ? asBackupError(error, 'read the backup', backup.path)
      : damagedBackup(backup, `${subject} is ${why}`, error);
  }
}

function tooLarge(backup: Backup): BackupError {
  return new BackupError(`The backup ${backup.id} is too large to be read`, {
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
    hint: 'Choose another backup; `feature-backups verify` tells which are sound.',
    cause,
  });
}
