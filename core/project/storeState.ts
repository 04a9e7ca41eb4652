import { basename, join } from 'node:path';
import { sha256Of, userStateFolder, type Ports } from '../system/index.js';
import { realPath } from './safePaths.js';
import type { Project } from './project.js';

/**
 * The folder in the user's own state for what the product remembers of one store: a store may have come with a clone, so
 * nothing in it decides which other files are written or deleted. Keyed by the store's real path. It may not exist yet;
 * see `makeStateFolder`. Throws `configuration` where the system names no home.
 */
export function storeStateFolder({ root, storePath }: Pick<Project, 'root' | 'storePath'>, ports: Ports): string {
  const key = sha256Of(Buffer.from(realPath(storePath, ports))).slice(0, 16);
  // A project that is also reached through a link has one folder all the same.
  const name = basename(realPath(root, ports));
  return join(userStateFolder(ports.environment), 'stores', `${name}-${key}`);
}

/** Makes a folder of the user's state, readable by its owner alone. Throws the system's error. */
export function makeStateFolder(folder: string, { files }: Ports): void {
  files.mkdirSync(folder, { recursive: true, mode: 0o700 });
}
