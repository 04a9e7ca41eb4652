import { join } from 'node:path';
import { removeQuietly, sweepLockFiles, type FileSystem } from '../system/index.js';
import { isTemporaryName } from './targetNames.js';

/** Removes a folder of plain files, as far as it can; what is left is swept the next time. `path` is no link. */
export function removeFolder(path: string, files: FileSystem): void {
  try {
    for (const entry of files.readdirSync(path, { withFileTypes: true })) {
      if (entry.isFile()) removeQuietly(join(path, entry.name), files);
    }
    files.rmdirSync(path);
  } catch {
    // Only tidying: there is a result already, or a better error.
  }
}

/**
 * Removes what killed processes left in a scratch folder: plain files and folders with our names. Links stay, and are not
 * followed. For the holder of that folder's lock.
 */
export function sweepScratch(path: string, files: FileSystem): void {
  const entries = files.readdirSync(path, { withFileTypes: true });
  const plain = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  sweepLockFiles(path, plain, files);
  for (const name of plain.filter(isTemporaryName)) removeQuietly(join(path, name), files);
  for (const entry of entries) {
    if (entry.isDirectory() && isTemporaryName(entry.name)) removeFolder(join(path, entry.name), files);
  }
}
