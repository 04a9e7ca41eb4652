import type { BackupErrorCode } from '../system/index.js';

/**
 * Why an attempt proves nothing. Most doubts are races, gone at the next attempt; one that stays becomes an error with
 * this code.
 */
export interface Inconsistency {
  readonly inconsistency: string;
  readonly code: BackupErrorCode;
  readonly cause?: unknown;
}

/** Somebody was writing. */
export function concurrentWrite(inconsistency: string): Inconsistency {
  return { inconsistency, code: 'database-busy' };
}
