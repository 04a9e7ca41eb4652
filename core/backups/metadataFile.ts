import { join } from 'node:path';
import { replaceFile } from '../files/atomicWrite.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { uniqueToken } from '../files/uniqueToken.js';
import { asBackupError } from '../errors.js';
import type { FileSystem, Ports } from '../ports.js';
import { isoWithOffset } from './isoTime.js';
import { formatMetadata, MAX_METADATA_BYTES } from './metadata.js';
import { rememberedMetadata } from './metadataMemory.js';
import { parseMetadata } from './parseMetadata.js';
import { metadataPath, temporaryPath } from './storeFiles.js';
import type { Backup, BackupMetadata } from './types.js';

/** Undefined where it is missing, no regular file, too large, unreadable or no JSON. */
export function readMetadata(path: string, files: FileSystem): BackupMetadata | undefined {
  return readQuietly(() => rememberedMetadata(path, files, () => readAnew(path, files)));
}

/** Not readable is like not there: the backup itself is still listed, and says more when it is read. */
function readQuietly(read: () => BackupMetadata | undefined): BackupMetadata | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}

function readAnew(path: string, files: FileSystem): BackupMetadata | undefined {
  const content = readSmallFile(path, MAX_METADATA_BYTES, files);
  return content === undefined ? undefined : parseMetadata(content.toString('utf8'));
}

/**
 * Rewrites a backup's metadata as `change` makes it, from what is on the disk now. For the holder of the store's lock.
 * A backup that had none gets what its name and file tell.
 */
export function updateMetadata(
  storePath: string,
  backup: Backup,
  change: (metadata: BackupMetadata) => BackupMetadata,
  ports: Ports,
): Backup {
  const path = metadataPath(storePath, backup.id);
  try {
    const current = readQuietly(() => readAnew(path, ports.files)) ?? metadataFromListing(backup);
    const metadata = change(current);
    replaceFile(path, temporaryPath(storePath, uniqueToken()), Buffer.from(formatMetadata(metadata)), ports.files);
    return { ...backup, metadata };
  } catch (error) {
    throw asBackupError(error, 'write the backup’s metadata', join(storePath, `${backup.id}.json`));
  }
}

/** What a backup’s name and file tell, where it has no metadata. */
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
