import type { BackupErrorCode } from '../system/index.js';

/**
 * Why an attempt proves nothing. Most doubts are races, gone at the next attempt; one that stays becomes an error with
 * this code.
 */
export interface Doubt {
  readonly doubt: string;
  readonly code: BackupErrorCode;
  readonly cause?: unknown;
}

/** Somebody was writing. */
export function race(doubt: string): Doubt {
  return { doubt, code: 'database-busy' };
}
