import { endianness } from 'node:os';
import { BackupError } from '../system/index.js';
import { isPageSize } from './databaseHeader.js';
import { addWords, sameChecksum, storedChecksum, type Checksum } from './walChecksum.js';

/** SQLite's "Database File Format", section 4.1. */
export const WAL_HEADER_BYTES = 32;

export interface WalHeader {
  readonly pageSizeBytes: number;
  /** Whether checksums read their words big-endian; how they are stored is big-endian always. */
  readonly isBigEndian: boolean;
  /** The eight bytes that every frame of this generation repeats. */
  readonly salt: Buffer;
  /** Of the header; the frames' checksums go on from it. */
  readonly checksum: Checksum;
}

/** Undefined where SQLite too would take the log for empty. Refuses a later version of the format. */
export function parseWalHeader(bytes: Buffer, path: string): WalHeader | undefined {
  if (bytes.length < WAL_HEADER_BYTES) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic !== MAGIC && magic !== MAGIC_BIG_ENDIAN) return undefined;
  const pageSizeBytes = bytes.readUInt32BE(8);
  if (!isPageSize(pageSizeBytes)) return undefined;
  const isBigEndian = magic === MAGIC_BIG_ENDIAN;
  const checksum = addWords({ first: 0, second: 0 }, bytes, 0, 24, isBigEndian);
  if (!sameChecksum(checksum, storedChecksum(bytes, 24))) return undefined;
  if (bytes.readUInt32BE(4) !== VERSION) refuseVersion(bytes.readUInt32BE(4), path);
  return { pageSizeBytes, isBigEndian, salt: Buffer.from(bytes.subarray(16, 24)), checksum };
}

const MAGIC = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const VERSION = 3007000;

function refuseVersion(version: number, path: string): never {
  throw new BackupError(`${path} has version ${String(version)} of the write-ahead log; ${String(VERSION)} is known`, {
    code: 'unknown-wal-version',
    operation: 'read the write-ahead log',
    path,
    hint: 'Update this tool.',
  });
}

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
