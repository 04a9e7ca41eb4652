import { join } from 'node:path';
import { asBackupError, isNotFound } from '../../errors.js';
import { removeQuietly, replaceFile } from '../../files/atomicWrite.js';
import { readSmallFile } from '../../files/readSmallFile.js';
import { uniqueToken } from '../../files/uniqueToken.js';
import type { FileSystem, Ports } from '../../ports.js';
import { MAX_METADATA_BYTES } from '../metadata.js';
import { TEMPORARY_PREFIX } from '../storeFiles.js';

/**
 * What is known of the small files at one target: a copy of each, in a folder of this machine. It only saves asking for
 * them again, and what it says counts as long as the target lists a file of that name and size.
 */
export class Ledger {
  readonly #path: string;
  readonly #files: FileSystem;

  constructor(path: string, { files }: Ports) {
    this.#path = path;
    this.#files = files;
  }

  /** Undefined where it is not known, or where the target now has a file of another size. */
  get(name: string, sizeBytes: number): Buffer | undefined {
    try {
      const content = readSmallFile(join(this.#path, name), MAX_METADATA_BYTES, this.#files);
      return content?.length === sizeBytes ? content : undefined;
    } catch {
      return undefined;
    }
  }

  /** Whether the target may have a file of that name. */
  has(name: string): boolean {
    return this.#files.lstatSync(join(this.#path, name), { throwIfNoEntry: false }) !== undefined;
  }

  set(name: string, content: Buffer): void {
    try {
      this.#files.mkdirSync(this.#path, { recursive: true, mode: 0o700 });
      const temporary = join(this.#path, TEMPORARY_PREFIX + uniqueToken());
      replaceFile(join(this.#path, name), temporary, content, this.#files);
    } catch (error) {
      throw asBackupError(error, 'note what a target holds', this.#path);
    }
  }

  delete(name: string): void {
    removeQuietly(join(this.#path, name), this.#files);
  }

  /** Forgets all but these; what a killed process left goes as well. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#names()) if (!names.has(name)) this.delete(name);
  }

  #names(): readonly string[] {
    try {
      return this.#files.readdirSync(this.#path);
    } catch (error) {
      if (isNotFound(error)) return [];
      throw asBackupError(error, 'read what is known of a target', this.#path);
    }
  }
}
