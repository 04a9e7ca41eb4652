import { join } from 'node:path';
import {
  readFolder,
  replaceFile,
  readSmallFile,
  uniqueToken,
  systemOf,
  userStateFolder,
  type Ports,
} from '../system/index.js';
import { realPath, makeStateFolder, storeStateFolder, type Project } from '../project/index.js';
import { TEMPORARY_PREFIX } from '../store/index.js';
import { TargetCache } from './targetCache.js';
import { isSmallFileName, PROJECT_FILE } from './targetNames.js';

/** The store to which a key belongs. */
export type KeyOwner = 'this-store' | 'another-store' | 'unknown';

/**
 * Records about targets in the user's state folder, because nothing in a store may decide what is written or deleted
 * outside it. If that folder cannot be written, syncing works without records and warns once.
 */
export class TargetRecords {
  readonly #project: Project;
  readonly #ports: Ports;
  #hasWarned = false;

  constructor(project: Project, ports: Ports) {
    this.#project = project;
    this.#ports = ports;
  }

  cache(targetName: string, key: string): TargetCache {
    return new TargetCache(this.#cacheFolder(targetName, key), this.#ports, (error) => {
      this.#warn(error);
    });
  }

  ownerOf(key: string): KeyOwner {
    try {
      const content = readSmallFile(this.#keyPath(key), MAX_RECORD_BYTES, this.#ports.files);
      if (content === undefined) return 'unknown';
      return content.equals(this.#recordOf(key)) ? 'this-store' : 'another-store';
    } catch {
      return 'unknown';
    }
  }

  /** Records that the key belongs to this store. */
  claim(key: string): void {
    if (this.ownerOf(key) === 'this-store') return;
    try {
      const path = this.#keyPath(key);
      const folder = keysFolder(this.#ports);
      makeStateFolder(folder, this.#ports);
      replaceFile(
        path,
        join(folder, TEMPORARY_PREFIX + uniqueToken(systemOf(this.#ports))),
        this.#recordOf(key),
        this.#ports.files,
      );
    } catch (error) {
      this.#warn(error);
    }
  }

  #cacheFolder(targetName: string, key: string): string | undefined {
    try {
      return join(storeStateFolder(this.#project, this.#ports), 'targets', targetName, key);
    } catch (error) {
      this.#warn(error);
      return undefined;
    }
  }

  /** Some targets do not distinguish upper and lower case. */
  #keyPath(key: string): string {
    return join(keysFolder(this.#ports), `${key.toLowerCase()}.json`);
  }

  #recordOf(key: string): Buffer {
    const store = realPath(this.#project.storePath, this.#ports);
    return Buffer.from(
      `${JSON.stringify({ format: 1, key, host: systemOf(this.#ports).hostname(), store }, null, 2)}\n`,
    );
  }

  #warn(cause: unknown): void {
    if (this.#hasWarned) return;
    this.#hasWarned = true;
    const reason = cause instanceof Error ? cause.message : String(cause);
    this.#ports.onWarning?.(
      `Could not record the contents of the targets: ${reason}. Syncing still works, but every sync reads more from them`,
    );
  }
}

/** The copies of one project at a target, as of the last sync. */
export interface CopyCount {
  readonly target: string;
  readonly count: number;
}

/** The recorded number of copies at each target of a store; empty if the records cannot be read. */
export function readCopyCounts(place: Pick<Project, 'root' | 'storePath'>, ports: Ports): readonly CopyCount[] {
  const foldersIn = (path: string) => readFolder(path, ports.files, (entry) => entry.isDirectory()).sort();
  try {
    const folder = join(storeStateFolder(place, ports), 'targets');
    return foldersIn(folder).flatMap((target) => {
      const ids = foldersIn(join(folder, target)).flatMap((key) =>
        readFolder(
          join(folder, target, key),
          ports.files,
          ({ name }) => name !== PROJECT_FILE && isSmallFileName(name),
        ),
      );
      return ids.length === 0 ? [] : [{ target, count: new Set(ids).size }];
    });
  } catch {
    return [];
  }
}

const MAX_RECORD_BYTES = 64 * 1024;

function keysFolder({ environment }: Ports): string {
  return join(userStateFolder(environment), 'target-keys');
}
