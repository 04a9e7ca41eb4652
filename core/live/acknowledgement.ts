import { join } from 'node:path';
import { asBackupError, parseJson, readSmallFile, asRecord, type FileSystem } from '../system/index.js';
import { orderOf, ACKNOWLEDGED_FILE, type Backup } from '../store/index.js';

/** The user's confirmation that a sudden loss of features was intentional. */
export interface Acknowledgement {
  /** ISO 8601 with offset. */
  readonly at: string;
  /** The confirmed number of features. */
  readonly featureCount: number;
  /** The newest backup at that time: features missing since older backups no longer count as lost. */
  readonly upToSequence: number;
  /** The backups pinned by this and earlier acknowledgements; revoking unpins only these. */
  readonly pinnedIds: readonly string[];
}

/** Far more than any realistic number of pins. */
const MAX_BYTES = 64 * 1024;

/**
 * Undefined if missing or invalid; pruning then stays paused. Throws if the file cannot be read: it must be neither
 * overwritten nor treated as missing.
 */
export function readAcknowledgement(storePath: string, files: FileSystem): Acknowledgement | undefined {
  const path = join(storePath, ACKNOWLEDGED_FILE);
  try {
    const text = readSmallFile(path, MAX_BYTES, files)?.toString('utf8');
    return text === undefined ? undefined : parseAcknowledgement(text);
  } catch (error) {
    throw asBackupError(error, 'read the acknowledgement', path);
  }
}

function parseAcknowledgement(text: string): Acknowledgement | undefined {
  const { at, featureCount, upToSequence, pinnedIds = [] } = asRecord(parseJson(text));
  if (typeof at !== 'string' || !isCount(featureCount) || !isCount(upToSequence)) return undefined;
  if (!isStringList(pinnedIds)) return undefined;
  return { at, featureCount, upToSequence, pinnedIds };
}

/**
 * The feature count that the live database is compared with: it has shrunk if it has less than half. For backups from
 * before the acknowledgement, this is at most the confirmed number, so a second sudden loss is still detected.
 */
export function expectedCount(backup: Backup, acknowledgement: Acknowledgement | undefined): number {
  const total = backup.counts.total ?? 0;
  if (acknowledgement === undefined || orderOf(backup) > acknowledgement.upToSequence) return total;
  return Math.min(total, acknowledgement.featureCount);
}

function isStringList(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((element) => typeof element === 'string');
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}
