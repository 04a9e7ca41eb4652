import { join } from 'node:path';
import { readSmallFile } from '../files/readSmallFile.js';
import type { FileSystem } from '../ports.js';
import { orderOf } from './backupOrder.js';
import { ACKNOWLEDGED_FILE } from './storeFiles.js';
import type { Backup } from './types.js';

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

/** Undefined where there is none, or none that can be read: then pruning rather stands still. */
export function readAcknowledgement(storePath: string, files: FileSystem): Acknowledgement | undefined {
  try {
    const text = readSmallFile(join(storePath, ACKNOWLEDGED_FILE), MAX_BYTES, files)?.toString('utf8');
    const json: unknown = text === undefined ? undefined : JSON.parse(text);
    if (typeof json !== 'object' || json === null) return undefined;
    const { at, featureCount, upToSequence, pinnedIds = [] } = json as Readonly<Record<string, unknown>>;
    if (typeof at !== 'string' || !isCount(featureCount) || !isCount(upToSequence)) return undefined;
    if (!isTexts(pinnedIds)) return undefined;
    return { at, featureCount, upToSequence, pinnedIds };
  } catch {
    return undefined;
  }
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
