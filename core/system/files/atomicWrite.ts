import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { CHUNK_BYTES } from './readWhole.js';

export interface WriteOptions {
  /** Called after every chunk. */
  readonly onChunk?: ((doneBytes: number) => void) | undefined;
  /** The start offset in the file. */
  readonly position?: number;
}

/**
 * Writes a new file with mode 0600 and syncs its content to disk. Fails if the file exists. Removes an incomplete file,
 * to free its space on a full disk.
 */
export function writeNewFile(path: string, content: Uint8Array, files: FileSystem, options: WriteOptions = {}): void {
  const descriptor = files.openSync(path, 'wx', PRIVATE_MODE);
  try {
    try {
      writeAll(descriptor, content, files, options);
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    removeQuietly(path, files);
    throw error;
  }
}

/**
 * Like `writeNewFile`, but only the writing is synchronous. The promise resolves when the content is synced to disk.
 */
export async function writeNewFileInBackground(
  path: string,
  content: Uint8Array,
  files: FileSystem,
  options: WriteOptions = {},
): Promise<void> {
  const descriptor = files.openSync(path, 'wx', PRIVATE_MODE);
  try {
    try {
      writeAll(descriptor, content, files, options);
      await syncInBackground(descriptor, files);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    removeQuietly(path, files);
    throw error;
  }
}

async function syncInBackground(descriptor: number, files: FileSystem): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    files.fsync(descriptor, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
}

export const PRIVATE_MODE = 0o600;

export function writeAll(
  descriptor: number,
  content: Uint8Array,
  files: FileSystem,
  { onChunk, position = 0 }: WriteOptions = {},
): void {
  let done = 0;
  while (done < content.length) {
    done += files.writeSync(descriptor, content, done, Math.min(CHUNK_BYTES, content.length - done), position + done);
    onChunk?.(done);
  }
}

/**
 * Replaces a small file atomically, even in a power failure. The folder is not synced, because the old content is valid
 * too.
 */
export function replaceFile(path: string, temporaryPath: string, content: Uint8Array, files: FileSystem): void {
  // Synced before the rename, because a power failure could otherwise leave an empty file.
  writeNewFile(temporaryPath, content, files);
  try {
    files.renameSync(temporaryPath, path);
  } catch (error) {
    removeQuietly(temporaryPath, files);
    throw error;
  }
}

/**
 * Gives a complete temporary file its final name, without replacing an existing file. The caller syncs the folder.
 * Without hard links, the caller must be the only publisher in the folder.
 */
export function publishFile(temporaryPath: string, path: string, files: FileSystem): 'published' | 'exists' {
  try {
    files.linkSync(temporaryPath, path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return 'exists';
    if (!NO_HARD_LINK_CODES.has(code)) throw error;
    return publishByRename(temporaryPath, path, files);
  }
  // If the temporary name remains, the next sweep removes it.
  removeQuietly(temporaryPath, files);
  return 'published';
}

/** The errors of file systems without hard links (FAT, some network and FUSE mounts). */
export const NO_HARD_LINK_CODES: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EINVAL',
]);

function publishByRename(temporaryPath: string, path: string, files: FileSystem): 'published' | 'exists' {
  if (files.lstatSync(path, { throwIfNoEntry: false }) !== undefined) return 'exists';
  files.renameSync(temporaryPath, path);
  return 'published';
}

/** Syncs the names in a folder to disk, if the system can sync folders. */
export function syncFolder(folder: string, files: FileSystem): void {
  try {
    const descriptor = files.openSync(folder, 'r');
    try {
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC_CODES.has(systemErrorCode(error))) throw error;
  }
}

/** The same for the folder's own name and those of all folders above it, in case they are new. */
export function syncFolderAndParents(folder: string, files: FileSystem): void {
  syncFolder(folder, files);
  if (dirname(folder) !== folder) syncFolderAndParents(dirname(folder), files);
}

/** Windows cannot open a folder as a file; some network file systems cannot sync one. */
const NO_FOLDER_SYNC_CODES: ReadonlySet<string | undefined> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
  'EISDIR',
  'EACCES',
  'EBADF',
]);

export function syncParentFolder(path: string, files: FileSystem): void {
  syncFolder(dirname(path), files);
}

/** Ignores failures: the caller already has its result or a better error. */
export function removeQuietly(path: string, files: FileSystem): void {
  try {
    files.unlinkSync(path);
  } catch {
    // A later sweep removes it.
  }
}
