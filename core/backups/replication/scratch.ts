import { join } from 'node:path';
import { removeQuietly } from '../../files/atomicWrite.js';
import { sweepLockFiles } from '../../files/sweepLock.js';
import type { FileSystem } from '../../ports.js';
import { TEMPORARY_PREFIX } from '../storeFiles.js';

/** Removes a folder of plain files, as far as it can; what is left is swept the next time. */
export function removeFolder(path: string, files: FileSystem): void {
  try {
    for (const name of files.readdirSync(path)) removeQuietly(join(path, name), files);
    files.rmdirSync(path);
  } catch {
    // Only tidying: there is a result already, or a better error.
  }
}

/** Removes what a process left in a scratch folder that died on the way. For the holder of that folder's lock. */
export function sweepScratch(path: string, files: FileSystem): void {
  const entries = files.readdirSync(path, { withFileTypes: true });
  sweepLockFiles(
    path,
    entries.map(({ name }) => name),
    files,
  );
  for (const entry of entries) {
    if (!entry.name.startsWith(TEMPORARY_PREFIX)) continue;
    if (entry.isDirectory()) removeFolder(join(path, entry.name), files);
    else removeQuietly(join(path, entry.name), files);
  }
}
