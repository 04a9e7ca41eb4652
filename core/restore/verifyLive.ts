import { compareFeatures, inspectImage, readFeatures } from '../database/index.js';
import { BackupError, countInWords, readPlainFile, type Ports } from '../system/index.js';
import { findHolders } from '../project/index.js';
import { tryToTakeImage } from './currentDatabase.js';
import type { VerifiedReplacement } from './replacement.js';
import type { RestoreMethod } from './restorePlan.js';

/** What is wrong with the live database after a restore; empty when it holds what it should. */
export async function findProblemsAfter(
  databasePath: string,
  replacement: VerifiedReplacement,
  way: RestoreMethod,
  ports: Ports,
): Promise<readonly string[]> {
  if (replacement.inspection === undefined) {
    return holdsExactly(databasePath, replacement.image, ports) ? [] : ['its bytes are not those restored'];
  }
  const now = await tryToTakeImage(databasePath, ports);
  if (now instanceof BackupError) return [now.message];
  if (now.equals(replacement.image)) return [];
  const { check } = await inspectImage(now, 'integrity_check');
  if (!check.ok) return check.problems;
  // Whoever has it open may already have gone on working with it.
  if (replacement.inspection.shape !== 'ok' || hasBeenWrittenSince(databasePath, replacement.image, now, way, ports))
    return [];
  const { added, removed, changed } = compareFeatures(await readFeatures(replacement.image), await readFeatures(now));
  const differing = added.length + removed.length + changed.length;
  return differing === 0
    ? []
    : [`${countInWords(differing, 'feature')} ${differing === 1 ? 'is' : 'are'} not as in the backup`];
}

function holdsExactly(path: string, image: Buffer, { files }: Ports): boolean {
  const file = readPlainFile(path, image.length, files);
  return file.status === 'read' && file.content.equals(image);
}

/** A swap leaves the image's own change counter, which the next writer moves on; online, only who has it open can tell. */
function hasBeenWrittenSince(path: string, image: Buffer, now: Buffer, way: RestoreMethod, ports: Ports): boolean {
  const { holders, certain } = findHolders(path, ports);
  if (holders.length > 0 || !certain) return true;
  return way === 'swap' && now.readUInt32BE(CHANGE_COUNTER) !== image.readUInt32BE(CHANGE_COUNTER);
}

/** "Database File Format", section 1.3. */
const CHANGE_COUNTER = 24;
