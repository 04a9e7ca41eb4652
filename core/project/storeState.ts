import { basename, join } from 'node:path';
import { readFolder, readPlainFile, sha256Of, userStateFolder, type Ports } from '../system/index.js';
import { realPath } from './safePaths.js';
import type { Project } from './project.js';

/**
 * The subfolder of the state folder for one store, keyed by the store's real path. A store can come with a clone, so no
 * record in it may determine which other files are written or deleted. The folder may not exist yet; `makeStateFolder`
 * creates it. Throws `configuration` without a home.
 */
export function storeStateFolder({ root, storePath }: Pick<Project, 'root' | 'storePath'>, ports: Ports): string {
  const key = sha256Of(Buffer.from(realPath(storePath, ports))).slice(0, 16);
  // Resolved, so a project reached through a link has the same folder.
  const name = basename(realPath(root, ports));
  return join(userStateFolder(ports.environment), 'stores', `${name}-${key}`);
}

/** Creates a private folder. Throws the system's error. */
export function makeStateFolder(folder: string, { files }: Ports): void {
  files.mkdirSync(folder, { recursive: true, mode: 0o700 });
}

/** A file in the subfolder of one store. */
export interface StoreStateFile {
  readonly path: string;
  readonly text: string;
}

/** The file with this name in the subfolder of each store. Unreadable ones are left out. */
export function readStoreStates(name: string, maxBytes: number, ports: Ports): readonly StoreStateFile[] {
  try {
    const folder = join(userStateFolder(ports.environment), 'stores');
    return readFolder(folder, ports.files, (entry) => entry.isDirectory()).flatMap((store) => {
      const path = join(folder, store, name);
      const file = readPlainFile(path, maxBytes, ports.files);
      return file.status === 'read' ? [{ path, text: file.content.toString('utf8') }] : [];
    });
  } catch {
    return [];
  }
}
