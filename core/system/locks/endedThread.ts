import { join } from 'node:path';
import { systemOf, type Ports } from '../ports.js';
import { readSmallFile } from '../files/readSmallFile.js';
import { livenessOf, ownIdentity } from '../processes/processIdentity.js';
import { parseLockRecord } from './lockRecord.js';
import { breakLock, HELD_TOKENS, LOCK_NAME } from './storeLock.js';

/**
 * Releases a lock of this process that this thread does not hold. Only for when all other threads that can have acquired
 * it have ended: others would wait for the process, which may run for days.
 */
export function releaseLockOfEndedThread(storePath: string, ports: Ports): void {
  const own = ownIdentity(ports.files, systemOf(ports));
  const record = parseLockRecord(readSmallFile(join(storePath, LOCK_NAME), 4096, ports.files)?.toString() ?? '');
  if (record === undefined || HELD_TOKENS.has(record.token)) return;
  const isOwn = record.pid === own.pid && livenessOf(record, own, ports.files, systemOf(ports)) === 'alive';
  if (isOwn) breakLock(storePath, record.token, ports);
}
