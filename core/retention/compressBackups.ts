import { basename } from 'node:path';
import {
  asBackupError,
  BackupError,
  publishFile,
  removeQuietly,
  syncFolder,
  uniqueToken,
  systemOf,
} from '../system/index.js';
import {
  contentProblem,
  imagePath,
  MAX_IMAGE_BYTES,
  temporaryPath,
  type Backup,
  type OpenStore,
} from '../store/index.js';
import type { CompressionPolicy } from '../project/index.js';
import { gzipFile, digestGzip, type ContentDigest } from './gzipFile.js';

export interface Compression {
  /** The backups as they are after compression. */
  readonly compressed: readonly Backup[];
  /** Why compression stopped early. */
  readonly problem: BackupError | undefined;
}

/**
 * Compresses backups to `.db.gz`, in this order. Each compressed file is read back and compared by checksum before the
 * plain file is deleted; a crash in between leaves both, and the next run finishes the work. Backups that differ from
 * their metadata are skipped. Stops at the first that cannot be read or written.
 */
export async function compressBackups(store: OpenStore, backups: readonly Backup[]): Promise<Compression> {
  const compressed: Backup[] = [];
  try {
    for (const [index, backup] of backups.entries()) {
      store.ports.onProgress?.(`compressing ${backup.id}`, index / backups.length);
      const done = await compressBackup(store, backup);
      if (done !== undefined) compressed.push(done);
    }
    return { compressed, problem: undefined };
  } catch (error) {
    const problem = asBackupError(error, 'compress old backups', store.project.storePath);
    return { compressed, problem };
  }
}

async function compressBackup(store: OpenStore, backup: Backup): Promise<Backup | undefined> {
  const { project, ports, lock } = store;
  const { files } = ports;
  // A larger image could not be read back, and compressing a sparse file of that size takes hours.
  if (backup.sizeBytes > MAX_IMAGE_BYTES) return undefined;
  const plainPath = imagePath(project.storePath, backup.id);
  const temporary = temporaryPath(project.storePath, uniqueToken(systemOf(ports)), '.db.gz');
  const plain = await gzipFile(plainPath, temporary, files, () => {
    lock.assertHeld();
  });
  try {
    if (!matchesChecksum(backup, plain)) return undefined;
    assertMatches(await digestGzip(temporary, plain.sizeBytes, files), plain, plainPath);
    // The compressed file gets the same times, because without metadata they are the time of the backup.
    const { atime, mtime } = files.lstatSync(plainPath);
    files.utimesSync(temporary, atime, mtime);
    lock.assertHeld();
    publish(store, temporary, `${plainPath}.gz`);
    syncFolder(project.storePath, files);
    lock.assertHeld();
    files.unlinkSync(plainPath);
    return { ...backup, path: `${plainPath}.gz`, compressed: true, sizeBytes: files.lstatSync(`${plainPath}.gz`).size };
  } finally {
    if (files.lstatSync(temporary, { throwIfNoEntry: false }) !== undefined) removeQuietly(temporary, files);
  }
}

/** Replaces the compressed file that a crash left before the plain file was deleted. */
function publish({ names, ports }: OpenStore, temporary: string, path: string): void {
  if (names.has(basename(path))) ports.files.renameSync(temporary, path);
  else if (publishFile(temporary, path, ports.files) === 'exists') throw copyDiffers(path);
}

function matchesChecksum(backup: Backup, { sha256, sizeBytes }: ContentDigest): boolean {
  if (sizeBytes === 0 || contentProblem(backup, sha256) !== undefined) return false;
  const expectedBytes = backup.metadata?.backupSizeBytes;
  return expectedBytes === undefined || expectedBytes === sizeBytes;
}

function assertMatches(found: ContentDigest | undefined, plain: ContentDigest, path: string): void {
  if (found?.sha256 !== plain.sha256 || found.sizeBytes !== plain.sizeBytes) throw copyDiffers(path);
}

function copyDiffers(path: string): BackupError {
  return new BackupError(`The compressed copy of ${path} does not match it`, {
    code: 'io',
    operation: 'compress old backups',
    path,
    hint: 'The uncompressed backup was not removed. Check the disk.',
  });
}

const DAY_MS = 86_400_000;

/**
 * The plain backups that are old enough for compression, oldest first. Excludes emergency backups and those with
 * unknown metadata, whose expected content is unknown.
 */
export function backupsToCompress(
  backups: readonly Backup[],
  { afterDays }: CompressionPolicy,
  now: Date,
): readonly Backup[] {
  if (afterDays <= 0) return [];
  const latestMs = now.getTime() - afterDays * DAY_MS;
  return backups
    .filter(
      ({ kind, compressed, metadataProblem }) => kind === 'ordinary' && !compressed && metadataProblem === undefined,
    )
    .filter(({ createdAt }) => createdAt.getTime() <= latestMs)
    .sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}
