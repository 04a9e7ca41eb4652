import { inspectImage, type Inspection } from '../database/index.js';
import { BackupError, sha256Of, type Ports } from '../system/index.js';
import { readBackupImage } from '../history/index.js';
import { contentProblem, damagedBackup, readSideFiles, type Backup } from '../store/index.js';
import type { Replacement } from './swap.js';

/** The database that will replace the live one, in memory and verified. */
export interface VerifiedReplacement extends Replacement {
  /** Undefined for a damaged database that is restored unchanged. */
  readonly inspection: Inspection | undefined;
}

/**
 * Reads a backup and verifies its checksum and content; throws `backup-damaged` if either fails. An emergency backup
 * of a damaged database only has to match its checksum, because an undo restores it unchanged.
 */
export async function readReplacement(backup: Backup, ports: Ports): Promise<VerifiedReplacement> {
  const image = readBackupImage(backup, ports);
  const changed = contentProblem(backup, sha256Of(image));
  if (changed !== undefined) throw damagedBackup(backup, changed);
  if (backup.content === 'raw') return { image, sideFiles: readSideFiles(backup, ports), inspection: undefined };
  const inspection = await inspectImage(image, 'integrity_check');
  if (inspection.check.ok) return { image: makeSelfContained(image), inspection };
  // Without a checksum, the damage may be newer than the backup.
  if (backup.kind === 'emergency' && backup.metadata?.sha256 !== undefined) return { image, inspection: undefined };
  throw failsCheck(backup, inspection.check.problems);
}

/**
 * Converts a copy of a file in WAL mode to rollback mode (bytes 18 and 19; "Database File Format", 1.3), so it needs no
 * `-wal`, as in a snapshot.
 */
export function makeSelfContained(image: Buffer): Buffer {
  if (image.length < 100 || (image[18] === 1 && image[19] === 1)) return image;
  return Buffer.from(image).fill(1, 18, 20);
}

function failsCheck(backup: Backup, problems: readonly string[]): BackupError {
  return new BackupError(`The backup ${backup.id} fails SQLite's check: ${problems.join('; ')}`, {
    code: 'backup-damaged',
    operation: 'verify the backup',
    path: backup.path,
    hint: 'Choose another backup; "last-good" selects the newest verified one.',
  });
}
