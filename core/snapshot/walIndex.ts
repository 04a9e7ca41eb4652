import { endianness } from 'node:os';
import type { WalHeader } from './walHeader.js';

/** Two copies of the header; the bytes after them are locks. SQLite's "WAL-mode File Format", section 2.1. */
export const WAL_INDEX_HEADER_BYTES = 96;

/**
 * How many committed frames the `-shm` shows for this generation of the log; 0 where it says nothing about it: being
 * written, of another generation, or left behind.
 */
export function framesShownByIndex(bytes: Buffer | undefined, wal: WalHeader): number {
  if (bytes === undefined || bytes.length < WAL_INDEX_HEADER_BYTES) return 0;
  if (!bytes.subarray(0, COPY_BYTES).equals(bytes.subarray(COPY_BYTES))) return 0;
  if (!bytes.subarray(32, 40).equals(wal.salt)) return 0;
  return endianness() === 'LE' ? bytes.readUInt32LE(16) : bytes.readUInt32BE(16);
}

const COPY_BYTES = WAL_INDEX_HEADER_BYTES / 2;
