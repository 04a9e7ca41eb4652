import { join } from 'node:path';
import { removeQuietly, replaceFile, readSmallFile, uniqueToken, systemOf, type Ports } from '../system/index.js';
import { makeStateFolder } from '../project/index.js';
import { MAX_METADATA_BYTES, TEMPORARY_PREFIX } from '../store/index.js';
import { isSmallFileName, isTemporaryName } from './targetNames.js';

/**
 * Copies of the small files at one target, in the user's state folder. They only save reading those files again: a copy
 * counts while the target lists a file of that name and size. A run without a ledger reads everything from the target.
 */
export class TargetCache {
  readonly #path: string | undefined;
  readonly #ports: Ports;
  readonly #onFailure: (error: unknown) => void;
  #isDistrusted = false;

  /** `path` undefined: remembers nothing. `onFailure` receives what keeps it from remembering. */
  constructor(path: string | undefined, ports: Ports, onFailure: (error: unknown) => void) {
    this.#path = path;
    this.#ports = ports;
    this.#onFailure = onFailure;
  }

  /** Undefined where the file is not known, or where the target now lists another size. */
  get(name: string, sizeBytes: number): Buffer | undefined {
    if (this.#path === undefined || this.#isDistrusted) return undefined;
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

  /** Has everything read from the target again: a copy of a file proves nothing about the file. */
  invalidate(): void {
    this.#isDistrusted = true;
    this.keepOnly(new Set());
  }

  delete(name: string): void {
    if (this.#path !== undefined) removeQuietly(join(this.#path, name), this.#ports.files);
  }

  /** Forgets all other small files, and removes what a killed process left. Touches plain files with our names only. */
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
