import { join } from 'node:path';
import { removeQuietly, replaceFile, readSmallFile, uniqueToken, systemOf, type Ports } from '../system/index.js';
import { makeStateFolder } from '../project/index.js';
import { MAX_METADATA_BYTES, TEMPORARY_PREFIX } from '../store/index.js';
import { isSmallFileName, isTemporaryName } from './targetNames.js';

/**
 * Caches the small files of one target in the user's state folder. An entry is valid while the target lists a file of that
 * name and size. Without a cache, everything is read from the target.
 */
export class TargetCache {
  readonly #path: string | undefined;
  readonly #ports: Ports;
  readonly #onFailure: (error: unknown) => void;
  #isInvalid = false;

  /** `path` undefined: caches nothing. `onFailure` receives errors of writing the cache. */
  constructor(path: string | undefined, ports: Ports, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#ports = ports;
    this.#onFailure = onFailure;
  }

  /** Undefined if the file is not cached, or if the target lists another size. */
  get(name: string, sizeBytes: number): Buffer | undefined {
    if (this.#path === undefined || this.#isInvalid) return undefined;
    try {
      const content = readSmallFile(join(this.#path, name), MAX_METADATA_BYTES, this.#ports.files);
      return content?.length === sizeBytes ? content : undefined;
    } catch {
      return undefined;
    }
  }

  set(name: string, content: Buffer): void {
    if (this.#path === undefined) return;
    try {
      makeStateFolder(this.#path, this.#ports);
      const temporary = join(this.#path, TEMPORARY_PREFIX + uniqueToken(systemOf(this.#ports)));
      replaceFile(join(this.#path, name), temporary, content, this.#ports.files);
    } catch (error) {
      this.#onFailure(error);
    }
  }

  has(name: string): boolean {
    if (this.#path === undefined) return false;
    return this.#ports.files.lstatSync(join(this.#path, name), { throwIfNoEntry: false })?.isFile() === true;
  }

  /** Forces all files to be read from the target: a cached file does not prove that the target's is intact. */
  invalidate(): void {
    this.#isInvalid = true;
    this.keepOnly(new Set());
  }

  delete(name: string): void {
    if (this.#path !== undefined) removeQuietly(join(this.#path, name), this.#ports.files);
  }

  /** Removes all other cached files and the leftovers of killed processes. Files of other programs stay. */
  keepOnly(names: ReadonlySet<string>): void {
    for (const name of this.#ownNames()) if (!names.has(name)) this.delete(name);
  }

  #ownNames(): readonly string[] {
    if (this.#path === undefined) return [];
    try {
      return this.#ports.files
        .readdirSync(this.#path, { withFileTypes: true })
        .filter((entry) => entry.isFile() && (isSmallFileName(entry.name) || isTemporaryName(entry.name)))
        .map(({ name }) => name);
    } catch {
      // Missing or unreadable: `get` finds nothing there either.
      return [];
    }
  }
}
