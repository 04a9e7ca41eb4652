import type { BigIntStats } from 'node:fs';
import {
  replaceFile,
  readPlainFile,
  uniqueToken,
  asBackupError,
  systemErrorCode,
  systemOf,
  type FileSystem,
  type Ports,
} from '../system/index.js';
import type { MetadataReading, Backup, BackupMetadata } from './backup.js';
import { isoWithOffset } from './isoTime.js';
import { countValues, parseMetadata } from './parseMetadata.js';
import { formatMetadata, MAX_METADATA_BYTES } from './metadata.js';
import { cachedMetadata } from './metadataCache.js';
import { LISTED_BACKUP_BYTES, type ReadingBudget } from './readingBudget.js';
import { metadataPath, temporaryPath } from './storeFiles.js';
import { metadataUnknown } from './unknownMetadata.js';

/** Never throws because of the file's content: a backup is listed even if its metadata cannot be read. */
export function readMetadata(path: string, files: FileSystem, budget?: ReadingBudget): MetadataReading {
  return readOrProblem(path, () =>
    cachedMetadata(path, files, (onOpened) => readUncached(path, files, budget, onOpened)),
  );
}

/** Only a missing file means that a backup has no metadata. */
function readOrProblem(path: string, read: () => MetadataReading): MetadataReading {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof Error) || systemErrorCode(error) === undefined) throw error;
    return { problem: { path, kind: 'unreadable', reason: error.message } };
  }
}

/** Throws the errors of the budget. */
function readUncached(
  path: string,
  files: FileSystem,
  budget?: ReadingBudget,
  onOpened?: (stats: BigIntStats) => void,
): MetadataReading {
  budget?.spend(LISTED_BACKUP_BYTES);
  const file = readPlainFile(path, MAX_METADATA_BYTES, files, onOpened);
  switch (file.status) {
    case 'missing':
      return {};
    case 'refused':
      return { problem: { path, kind: 'damaged', reason: `it is ${file.reason}` } };
    case 'read': {
      const metadata = parseWithin(file.content.toString('utf8'), budget);
      if (metadata !== undefined) return { metadata };
      return { problem: { path, kind: 'damaged', reason: 'it is not a JSON object' } };
    }
  }
}

/** Parses metadata within a budget. Throws the errors of the budget. */
export function parseWithin(text: string, budget: ReadingBudget | undefined): BackupMetadata | undefined {
  budget?.spend(text.length);
  const metadata = parseMetadata(text);
  // In memory, even the shortest unknown value takes this much.
  if (metadata !== undefined) budget?.spend((countValues(metadata.unknown) - 1) * UNKNOWN_VALUE_BYTES);
  return metadata;
}

const UNKNOWN_VALUE_BYTES = 64;

/**
 * Applies `change` to the metadata on disk; the caller owns the store's lock. If the backup has none, starts from its
 * name and file. Throws `metadata-unknown` if existing metadata cannot be read: replacing it would lose its pin, its
 * checksum and its events.
 */
export function updateMetadata(
  storePath: string,
  backup: Backup,
  change: (metadata: BackupMetadata) => BackupMetadata,
  ports: Ports,
): Backup {
  const path = metadataPath(storePath, backup.id);
  const operation = 'write the metadata of the backup';
  const reading = readOrProblem(path, () => readUncached(path, ports.files));
  if (reading.problem !== undefined) throw metadataUnknown(backup.id, reading.problem, operation);
  try {
    const metadata = change(reading.metadata ?? backup.metadata ?? metadataFromListing(backup));
    const temporary = temporaryPath(storePath, uniqueToken(systemOf(ports)));
    replaceFile(path, temporary, Buffer.from(formatMetadata(metadata)), ports.files);
    return { ...backup, metadata, metadataProblem: undefined };
  } catch (error) {
    throw asBackupError(error, operation, path);
  }
}

/** Metadata from the name and file of a backup that has none. */
export function metadataFromListing(backup: Backup): BackupMetadata {
  return {
    timestamp: isoWithOffset(backup.createdAt),
    reason: backup.reason,
    featureCount: backup.counts.total,
    originalFile: undefined,
    originalSizeBytes: undefined,
    backupSizeBytes: backup.compressed ? undefined : backup.sizeBytes,
    format: undefined,
    sequence: undefined,
    source: undefined,
    passingCount: undefined,
    inProgressCount: undefined,
    sha256: undefined,
    verified: undefined,
    events: [],
    git: undefined,
    pinned: false,
    state: undefined,
    unknown: {},
  };
}
