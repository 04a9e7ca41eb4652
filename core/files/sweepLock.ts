import { join } from 'node:path';
import type { FileSystem } from '../ports.js';
import { removeQuietly } from './atomicWrite.js';
import { LOCK_CANDIDATE_PREFIX, LOCK_TAKEOVER_PREFIX } from './storeLock.js';

/**
 * Removes what processes left behind that died while they took the store's lock. For the holder of the lock, so that
 * no right to take over an earlier one means anything any more; and a record that a live process is waiting with is
 * simply written again.
 */
export function sweepLockFiles(storePath: string, names: readonly string[], files: FileSystem): void {
  for (const name of names) {
    if (!name.startsWith(LOCK_TAKEOVER_PREFIX) && !name.startsWith(LOCK_CANDIDATE_PREFIX)) continue;
    removeQuietly(join(storePath, name), files);
  }
}

export function isLockFile(name: string): boolean {
  return name.startsWith('.lock');
}
