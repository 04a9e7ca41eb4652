import type { Dirent } from 'node:fs';
import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  isNotFound,
  removeQuietly,
  syncFolder,
  writeNewFile,
  readFolder,
  OPEN_FOR_READING,
  readWhole,
  uniqueToken,
  systemOf,
  type FileSystem,
  type Ports,
  type System,
} from '../system/index.js';
import { TEMPORARY_PREFIX } from '../store/index.js';
import type { ListedFile, NewFile, Target, TargetFolder } from './target.js';

/**
 * A folder on another disk or a mounted share. It must exist: if the disk is not mounted, a new folder would be on the
 * local disk.
 */
export function folderTarget(name: string, path: string, ports: Ports): Target {
  return {
    name,
    place: path,
    folders: async () => await attempt('read the target', path, () => folderNames(path, ports.files)),
    folder: (folderName) => new FolderAtTarget(path, join(path, folderName), ports),
  };
}

class FolderAtTarget implements TargetFolder {
  readonly place: string;
  readonly #root: string;
  readonly #files: FileSystem;
  readonly #system: System;
  #isNameSynced = false;

  constructor(root: string, path: string, ports: Ports) {
    this.#root = root;
    this.place = path;
    this.#files = ports.files;
    this.#system = systemOf(ports);
  }

  async list(): Promise<readonly ListedFile[]> {
    return await this.#attempt('list the copies', () => {
      assertFolderExists(this.#root, this.#files);
      const names = namesIn(this.place, this.#files, (entry) => entry.isFile());
      return names.flatMap((name) => this.#stat(name));
    });
  }

  async put(files: readonly NewFile[]): Promise<void> {
    await this.#attempt('write the copies', () => {
      assertFolderExists(this.#root, this.#files);
      this.#createFolder();
      for (const file of files) this.#write(file);
      // Once for all names; the contents are already synced.
      syncFolder(this.place, this.#files);
      this.#syncNameOnce();
      for (const { name, content } of files) {
        if (this.#readFile(name, content.length)?.equals(content) !== true) throw this.#differsAfterWriting(name);
      }
    });
  }

  async read(names: readonly string[], maxBytes: number): Promise<ReadonlyMap<string, Buffer>> {
    return await this.#attempt('read the copies', () => {
      const contents = new Map<string, Buffer>();
      let leftBytes = maxBytes;
      for (const name of names) {
        const content = this.#readFile(name, leftBytes);
        if (content === undefined) continue;
        leftBytes -= content.length;
        contents.set(name, content);
      }
      return contents;
    });
  }

  async remove(names: readonly string[]): Promise<void> {
    await this.#attempt('remove old copies', () => {
      for (const name of names) {
        try {
          const path = join(this.place, name);
          // A link or folder with this name does not belong to this program.
          if (this.#files.lstatSync(path, { throwIfNoEntry: false })?.isFile() === true) this.#files.unlinkSync(path);
        } catch (error) {
          if (!isNotFound(error)) throw error;
        }
      }
      if (names.length > 0) syncFolder(this.place, this.#files);
    });
  }

  #stat(name: string): readonly ListedFile[] {
    const stats = this.#files.lstatSync(join(this.place, name), { throwIfNoEntry: false });
    return stats?.isFile() === true ? [{ name, sizeBytes: stats.size, modifiedAt: stats.mtime }] : [];
  }

  #createFolder(): void {
    if (this.#files.statSync(this.place, { throwIfNoEntry: false }) !== undefined) return;
    this.#files.mkdirSync(this.place, { mode: 0o700 });
    this.#isNameSynced = false;
  }

  /** The process that created the folder may have ended before its name was synced. */
  #syncNameOnce(): void {
    if (this.#isNameSynced) return;
    syncFolder(this.#root, this.#files);
    this.#isNameSynced = true;
  }

  #write({ name, content }: NewFile): void {
    const temporary = join(this.place, TEMPORARY_PREFIX + uniqueToken(this.#system));
    writeNewFile(temporary, content, this.#files);
    try {
      this.#files.renameSync(temporary, join(this.place, name));
    } catch (error) {
      removeQuietly(temporary, this.#files);
      throw error;
    }
  }

  #readFile(name: string, maxBytes: number): Buffer | undefined {
    let descriptor: number;
    try {
      descriptor = this.#files.openSync(join(this.place, name), OPEN_FOR_READING);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
    try {
      const stats = this.#files.fstatSync(descriptor);
      if (!stats.isFile()) return undefined;
      if (stats.size > maxBytes) throw this.#tooLarge(name);
      return readWhole(descriptor, stats.size, this.#files);
    } finally {
      this.#files.closeSync(descriptor);
    }
  }

  #differsAfterWriting(name: string): BackupError {
    return new BackupError(`${name} at ${this.place} differs from the data written to it`, {
      code: 'target-failed',
      operation: 'write the copies',
      path: this.place,
      hint: 'Check the disk or share; it does not store data correctly.',
    });
  }

  #tooLarge(name: string): BackupError {
    return new BackupError(`${name} in ${this.place} is too large`, {
      code: 'target-failed',
      operation: 'read the copies',
      path: this.place,
    });
  }

  async #attempt<T>(operation: string, work: () => T): Promise<T> {
    return await attempt(operation, this.place, work);
  }
}

function folderNames(path: string, files: FileSystem): readonly string[] {
  assertFolderExists(path, files);
  return namesIn(path, files, (entry) => entry.isDirectory());
}

function namesIn(path: string, files: FileSystem, isIncluded: (entry: Dirent) => boolean): readonly string[] {
  try {
    return readFolder(path, files, isIncluded);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

function assertFolderExists(path: string, files: FileSystem): void {
  if (files.statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return;
  throw new BackupError(`The target folder ${path} is missing`, {
    code: 'target-failed',
    operation: 'read the target',
    path,
    hint: 'Mount the disk or share, or create the folder.',
  });
}

/** Returns a promise, like a remote target; errors contain the path. */
async function attempt<T>(operation: string, path: string, work: () => T): Promise<T> {
  try {
    return await Promise.resolve(work());
  } catch (error) {
    throw asBackupError(error, operation, path);
  }
}
