import { gzip } from 'node:zlib';
import { BackupError, sha256Of, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { contentProblem, damagedBackup, readCatalog, type Backup } from '../store/index.js';
import { readBackupImage } from '../history/index.js';
import { describeCopy, type CopyMetadata } from './copyMetadata.js';

/** A backup prepared for a target. */
export interface PackedBackup {
  readonly backup: Backup;
  readonly content: Buffer;
  readonly copy: CopyMetadata;
}

/**
 * Reads a backup, verifies its checksum and compresses it. Undefined if it was pruned meanwhile. Throws `backup-damaged`:
 * a damaged image must not replace an intact copy.
 */
export async function packBackup(project: Project, backup: Backup, ports: Ports): Promise<PackedBackup | undefined> {
  const image = readImage(project, backup, ports);
  if (image === undefined) return undefined;
  const sha256 = sha256Of(image);
  const changed = contentProblem(backup, sha256);
  if (changed !== undefined) throw damagedBackup(backup, changed);
  const content = await compress(image);
  const stored = { sizeBytes: content.length, sha256: sha256Of(content) };
  return { backup, content, copy: describeCopy(backup, { sha256, sizeBytes: image.length }, stored) };
}

/** The file can be replaced by a compressed one at any moment, so the catalog is read again if it is missing. */
function readImage(project: Project, backup: Backup, ports: Ports): Buffer | undefined {
  const current = ignoreMissing(() => readBackupImage(backup, ports));
  if (current !== undefined) return current;
  const again = readCatalog(project, ports).backups.find(({ id }) => id === backup.id);
  return again && ignoreMissing(() => readBackupImage(again, ports));
}

function ignoreMissing(read: () => Buffer): Buffer | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof BackupError && error.code === 'backup-not-found') return undefined;
    throw error;
  }
}

/** Produces the same bytes on every platform: the header contains no name, time or system (RFC 1952, 2.3). */
async function compress(image: Buffer): Promise<Buffer> {
  const content = await new Promise<Buffer>((resolve, reject) => {
    gzip(image, { level: 9 }, (error, packed) => {
      if (error === null) resolve(packed);
      else reject(error);
    });
  });
  content[9] = UNKNOWN_SYSTEM;
  return content;
}

const UNKNOWN_SYSTEM = 255;
