import { inspectImage, type Inspection } from '../database/index.js';
import { BackupError, sha256Of, type Ports } from '../system/index.js';
import { readBackupImage } from '../history/index.js';
import { contentProblem, damagedBackup, readSideFiles, type Backup } from '../store/index.js';
import type { Replacement } from './swap.js';

/** What will stand in the live database's place, in memory and verified. */
export interface VerifiedReplacement extends Replacement {
  /** Undefined for a damaged database that is put back as it was. */
  readonly inspection: Inspection | undefined;
}

/**
 * Reads a backup and proves that it is what was saved, and sound; throws `backup-damaged` otherwise. An emergency backup of a damaged database
 * is taken as it is, if it still is what was saved: putting that back exactly is what undoing means.
 */
export async function readReplacement(backup: Backup, ports: Ports): Promise<VerifiedReplacement> {
  const image = readBackupImage(backup, ports);
  const changed = contentProblem(backup, sha256Of(image));
  if (changed !== undefined) throw damagedBackup(backup, changed);
  if (backup.content === 'raw') return { image, sideFiles: readSideFiles(backup, ports), inspection: undefined };
  const inspection = await inspectImage(image, 'integrity_check');
  if (inspection.check.ok) return { image: selfContained(image), inspection };
  // Without a hash nothing says that the damage is what was saved.
  if (backup.kind === 'emergency' && backup.metadata?.sha256 !== undefined) return { image, inspection: undefined };
  throw damaged(backup, inspection.check.problems);
}

/**
 * A copy of a file in WAL mode says so in bytes 18 and 19 ("Database File Format", 1.3). Set to rollback mode, it needs
 * no `-wal` and is what a snapshot of it would be.
 */
export function selfContained(image: Buffer): Buffer {
  if (image.length < 100 || (image[18] === 1 && image[19] === 1)) return image;
  return Buffer.from(image).fill(1, 18, 20);
}

function damaged(backup: Backup, problems: readonly string[]): BackupError {
  return new BackupError(`The backup ${backup.id} does not pass SQLite's check: ${problems.join('; ')}`, {
    code: 'backup-damaged',
    operation: 'verify the backup',
    path: backup.path,
    hint: 'Choose another backup; "list" shows which ones there are, and "last-good" names the newest that verified.',
  });
}
