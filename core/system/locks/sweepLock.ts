import { join } from 'node:path';
import type { FileSystem } from '../ports.js';
import { removeQuietly } from '../files/atomicWrite.js';
import { isToken } from '../processes/uniqueToken.js';
import { LOCK_CANDIDATE_PREFIX, LOCK_TAKEOVER_PREFIX } from './storeLock.js';

/**
 * Removes what processes left behind that died while they took the store's lock. For the holder of the lock, so that
 * no right to take over an earlier one means anything any more; and a record that a live process is waiting with is
 * simply written again.
 */
export function sweepLockFiles(storePath: string, names: readonly string[], files: FileSystem): void {
  for (const name of names) {
    if (isLeftover(name)) removeQuietly(join(storePath, name), files);
  }
}

/** A user's own file may begin with the same letters. */
function isLeftover(name: string): boolean {
  const prefix = [LOCK_TAKEOVER_PREFIX, LOCK_CANDIDATE_PREFIX].find((start) => name.startsWith(start));
  return name === RIGHT_OF_010 || (prefix !== undefined && isToken(name.slice(prefix.length)));
}

/** Version 0.1.0's right to take over a lock without a token. */
const RIGHT_OF_010 = `${LOCK_TAKEOVER_PREFIX}unreadable`;

export function isLockFile(name: string): boolean {
  return name.startsWith('.lock');
}
