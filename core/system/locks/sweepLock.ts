import { join } from 'node:path';
import type { FileSystem } from '../ports.js';
import { removeQuietly } from '../files/atomicWrite.js';
import { isToken } from '../processes/uniqueToken.js';
import { LOCK_CANDIDATE_PREFIX, LOCK_TAKEOVER_PREFIX } from './storeLock.js';

/**
 * Removes the files of processes that died while acquiring the store's lock. Only the owner of the lock calls this, so
 * no takeover file is in use; a waiting process writes its record again.
 */
export function sweepLockFiles(storePath: string, names: readonly string[], files: FileSystem): void {
  for (const name of names) {
    if (isLeftover(name)) removeQuietly(join(storePath, name), files);
  }
}

/** Requires a token, because a user's file may have the same prefix. */
function isLeftover(name: string): boolean {
  const prefix = [LOCK_TAKEOVER_PREFIX, LOCK_CANDIDATE_PREFIX].find((start) => name.startsWith(start));
  return name === TAKEOVER_FILE_OF_0_1_0 || (prefix !== undefined && isToken(name.slice(prefix.length)));
}

/** Version 0.1.0's takeover file for a lock without a token. */
const TAKEOVER_FILE_OF_0_1_0 = `${LOCK_TAKEOVER_PREFIX}unreadable`;

export function isLockFile(name: string): boolean {
  return name.startsWith('.lock');
}
