import { join } from 'node:path';
import { removeQuietly, sweepLockFiles, sweepScratchFolders, type FileSystem, type Ports } from '../system/index.js';
import { isTemporaryName } from './targetNames.js';

/**
 * Removes the temporary files and folders that killed processes left in the store's folder for syncs. Links stay and are
 * not followed. The caller owns the lock of that folder.
 */
export function sweepScratch(path: string, ports: Ports): void {
  const { files } = ports;
  sweepScratchFolders({ purpose: 'copies', parent: path }, ports);
  const entries = files.readdirSync(path, { withFileTypes: true });
  const plain = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  sweepLockFiles(path, plain, files);
  for (const name of plain.filter(isTemporaryName)) removeQuietly(join(path, name), files);
  // Version 0.1.0 gave its scratch folders these names.
  for (const entry of entries) {
    if (entry.isDirectory() && isTemporaryName(entry.name)) removeFolder(join(path, entry.name), files);
  }
}

/** Removes a folder of regular files as far as possible; the next sync retries the rest. `path` must not be a link. */
function removeFolder(path: string, files: FileSystem): void {
  try {
    for (const entry of files.readdirSync(path, { withFileTypes: true })) {
      if (entry.isFile()) removeQuietly(join(path, entry.name), files);
    }
    files.rmdirSync(path);
  } catch {
    // Leftovers do not affect the sync.
  }
}
