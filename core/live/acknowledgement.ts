import { join } from 'node:path';
import { asBackupError, parseJson, readSmallFile, recordOf, type FileSystem } from '../system/index.js';
import { orderOf, ACKNOWLEDGED_FILE, type Backup } from '../store/index.js';

/** The user's word that the live database has shrunk on purpose. */
export interface Acknowledgement {
  /** ISO 8601 with offset. */
  readonly at: string;
  /** So many features are meant. */
  readonly featureCount: number;
  /** The newest backup that there was then: what older ones held more is not missed any longer. */
  readonly upToSequence: number;
  /** The backups that were pinned with it, and with those that it took the place of: taking it back unpins just these. */
  readonly pinnedIds: readonly string[];
}

/** Far more than as many pins as anybody takes back. */
const MAX_BYTES = 64 * 1024;

/**
 * Undefined where there is none, or one that is none any more: then pruning rather stands still. Throws what keeps it from
 * being read: the user's word is then unknown, and must neither be overwritten nor taken for missing.
 */
export function readAcknowledgement(storePath: string, files: FileSystem): Acknowledgement | undefined {
  const path = join(storePath, ACKNOWLEDGED_FILE);
  try {
    const text = readSmallFile(path, MAX_BYTES, files)?.toString('utf8');
    return text === undefined ? undefined : parseAcknowledgement(text);
  } catch (error) {
    throw asBackupError(error, 'read what was acknowledged', path);
  }
}

function parseAcknowledgement(text: string): Acknowledgement | undefined {
  const { at, featureCount, upToSequence, pinnedIds = [] } = recordOf(parseJson(text));
  if (typeof at !== 'string' || !isCount(featureCount) || !isCount(upToSequence)) return undefined;
  if (!isTexts(pinnedIds)) return undefined;
  return { at, featureCount, upToSequence, pinnedIds };
}

/**
 * How many features of a backup the live database is expected to have at least half of. Of those from before the
 * acknowledgement no more than were acknowledged: so if half of these are lost as well, that is noticed again.
 */
export function expectedCount(backup: Backup, acknowledgement: Acknowledgement | undefined): number {
  const total = backup.counts.total ?? 0;
  if (acknowledgement === undefined || orderOf(backup) > acknowledgement.upToSequence) return total;
  return Math.min(total, acknowledgement.featureCount);
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
