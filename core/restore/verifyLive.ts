import { compareImages, countDifferences, inspectImage } from '../database/index.js';
import { BackupError, countInWords, type Ports } from '../system/index.js';
import { findHolders } from '../project/index.js';
import { readFingerprint } from '../snapshot/index.js';
import { tryToReadImage } from './examineLiveDatabase.js';
import type { VerifiedReplacement } from './replacement.js';
import type { RestoreMethod } from './restorePlan.js';
import { hasContent } from './stagedFiles.js';

/** The problems with the live database after a restore; empty if it has the expected content. */
export async function findRestoreProblems(
  databasePath: string,
  replacement: VerifiedReplacement,
  method: RestoreMethod,
  ports: Ports,
): Promise<readonly string[]> {
  if (replacement.inspection === undefined) {
    return hasContent(databasePath, replacement.image, ports) ? [] : ['its content differs from the backup'];
  }
  // The usual case after a swap. A snapshot would be another copy of a large database in memory.
  if (hasNoSideFiles(databasePath, ports) && hasContent(databasePath, replacement.image, ports)) return [];
  const now = await tryToReadImage(databasePath, ports);
  if (now instanceof BackupError) return [now.message];
  if (now.equals(replacement.image)) return [];
  const { check } = await inspectImage(now, 'integrity_check');
  if (!check.ok) return check.problems;
  // A process that has the database open may already have changed it.
  if (replacement.inspection.shape !== 'ok' || mayHaveBeenWritten(databasePath, replacement.image, now, method, ports))
    return [];
  const { added, removed, changed } = countDifferences(await compareImages(replacement.image, now));
  const differing = added + removed + changed;
  return differing === 0
    ? []
    : [`${countInWords(differing, 'feature')} ${differing === 1 ? 'differs' : 'differ'} from the backup`];
}

function hasNoSideFiles(path: string, ports: Ports): boolean {
  const fingerprint = readFingerprint(path, ports);
  return fingerprint?.wal === null && !fingerprint.hotJournal;
}

/**
 * After a swap, the next writer changes the change counter; online, any process with the file open may have written.
 */
function mayHaveBeenWritten(path: string, image: Buffer, now: Buffer, method: RestoreMethod, ports: Ports): boolean {
  const { holders, certain } = findHolders(path, ports);
  if (holders.length > 0 || !certain) return true;
  return method === 'swap' && now.readUInt32BE(CHANGE_COUNTER) !== image.readUInt32BE(CHANGE_COUNTER);
}

/** "Database File Format", section 1.3. */
const CHANGE_COUNTER = 24;
