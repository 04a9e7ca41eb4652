import { compareFeatures, inspectImage, readFeatures } from '../database/index.js';
import { BackupError, countInWords, readPlainFile, type Ports } from '../system/index.js';
import { findHolders } from '../project/index.js';
import { tryToReadImage } from './examineLiveDatabase.js';
import type { VerifiedReplacement } from './replacement.js';
import type { RestoreMethod } from './restorePlan.js';

/** The problems with the live database after a restore; empty if it has the expected content. */
export async function findRestoreProblems(
  databasePath: string,
  replacement: VerifiedReplacement,
  method: RestoreMethod,
  ports: Ports,
): Promise<readonly string[]> {
  if (replacement.inspection === undefined) {
    return hasExactContent(databasePath, replacement.image, ports) ? [] : ['its content differs from the backup'];
  }
  const now = await tryToReadImage(databasePath, ports);
  if (now instanceof BackupError) return [now.message];
  if (now.equals(replacement.image)) return [];
  const { check } = await inspectImage(now, 'integrity_check');
  if (!check.ok) return check.problems;
  // A process that has the database open may already have changed it.
  if (replacement.inspection.shape !== 'ok' || mayHaveBeenWritten(databasePath, replacement.image, now, method, ports))
    return [];
  const { added, removed, changed } = compareFeatures(await readFeatures(replacement.image), await readFeatures(now));
  const differing = added.length + removed.length + changed.length;
  return differing === 0
    ? []
    : [`${countInWords(differing, 'feature')} ${differing === 1 ? 'differs' : 'differ'} from the backup`];
}

function hasExactContent(path: string, image: Buffer, { files }: Ports): boolean {
  const file = readPlainFile(path, image.length, files);
  return file.status === 'read' && file.content.equals(image);
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
