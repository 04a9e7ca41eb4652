import type { BackupErrorCode } from '../system/index.js';

/**
 * Why an attempt proves nothing. Most causes are races, which the next attempt avoids. One that persists becomes an
 * error with this code.
 */
export interface Inconsistency {
  readonly inconsistency: string;
  readonly code: BackupErrorCode;
  readonly cause?: unknown;
}

/** Another process was writing. */
export function concurrentWrite(inconsistency: string): Inconsistency {
  return { inconsistency, code: 'database-busy' };
}
