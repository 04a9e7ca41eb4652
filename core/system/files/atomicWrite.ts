import { dirname } from 'node:path';
import { systemErrorCode } from '../errors.js';
import type { FileSystem } from '../ports.js';
import { CHUNK_BYTES } from './readWhole.js';

export interface WriteOptions {
  /** Called after every chunk. */
  readonly onChunk?: ((doneBytes: number) => void) | undefined;
  /** Where in the file to begin. */
  readonly position?: number;
}

/**
 * Writes a new file of mode 0600 and syncs its content to the disk. It must not exist yet. What could not be written
 * whole is removed again, so that a full disk gets its space back at once.
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
 * As `writeNewFile`, but only the writing happens at once: the promise is settled when the content is on the disk, and
 * meanwhile there is time for something else.
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
 * Replaces a small file, through a temporary one beside it: at every instant, and after a loss of power, the name leads
 * to the whole old or the whole new content. The folder is not synced: either content will do.
 */
export function replaceFile(path: string, temporaryPath: string, content: Uint8Array, files: FileSystem): void {
  // The content is synced before the rename, or a loss of power could leave the name with an empty file.
  writeNewFile(temporaryPath, content, files);
  try {
    files.renameSync(temporaryPath, path);
  } catch (error) {
    removeQuietly(temporaryPath, files);
    throw error;
  }
}

/**
 * Gives a written temporary file its final name, never over an existing file. The caller syncs the folder. Where the
 * file system has no hard links the caller must be the only one who publishes there.
 */
export function publishFile(temporaryPath: string, path: string, files: FileSystem): 'published' | 'exists' {
  try {
    files.linkSync(temporaryPath, path);
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'EEXIST') return 'exists';
    if (!NO_LINKS.has(code)) throw error;
    return publishByRename(temporaryPath, path, files);
  }
  // The file has its name; a second name that stays is a leftover which the next sweep removes.
  removeQuietly(temporaryPath, files);
  return 'published';
}

/** What file systems without hard links answer (FAT, some network and FUSE mounts). */
export const NO_LINKS: ReadonlySet<string | undefined> = new Set([
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

/** Makes the names in a folder durable, where the system can sync folders at all. */
export function syncFolder(folder: string, files: FileSystem): void {
  try {
    const descriptor = files.openSync(folder, 'r');
    try {
      files.fsyncSync(descriptor);
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    if (!NO_FOLDER_SYNC.has(systemErrorCode(error))) throw error;
  }
}

/** Windows cannot open a folder as a file; some network file systems cannot sync one. */
const NO_FOLDER_SYNC: ReadonlySet<string | undefined> = new Set([
  'EINVAL',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EPERM',
  'EISDIR',
  'EACCES',
  'EBADF',
]);

export function syncFolderOf(path: string, files: FileSystem): void {
  syncFolder(dirname(path), files);
}

/** For what is only tidying: the caller already has its result, or a better error. */
export function removeQuietly(path: string, files: FileSystem): void {
  try {
    files.unlinkSync(path);
  } catch {
    // A later sweep removes it.
  }
}
