import { endianness } from 'node:os';
import { BackupError } from '../system/index.js';
import { isPageSize } from './databaseHeader.js';
import { addWords, sameChecksum, readChecksum, type Checksum } from './walChecksum.js';

/** SQLite's "Database File Format", section 4.1. */
export const WAL_HEADER_BYTES = 32;

export interface WalHeader {
  readonly pageSizeBytes: number;
  /** Whether checksums read words as big-endian; stored checksums are always big-endian. */
  readonly isBigEndian: boolean;
  /** The eight bytes repeated in every frame of this generation. */
  readonly salt: Buffer;
  /** The checksum of the header, which those of the frames continue. */
  readonly checksum: Checksum;
}

/** Undefined if SQLite would also treat the log as empty. Rejects a later version of the format. */
export function parseWalHeader(bytes: Buffer, path: string): WalHeader | undefined {
  if (bytes.length < WAL_HEADER_BYTES) return undefined;
  const magic = bytes.readUInt32BE(0);
  if (magic !== MAGIC && magic !== MAGIC_BIG_ENDIAN) return undefined;
  const pageSizeBytes = bytes.readUInt32BE(8);
  if (!isPageSize(pageSizeBytes)) return undefined;
  const isBigEndian = magic === MAGIC_BIG_ENDIAN;
  const checksum = addWords({ first: 0, second: 0 }, bytes, 0, 24, isBigEndian);
  if (!sameChecksum(checksum, readChecksum(bytes, 24))) return undefined;
  if (bytes.readUInt32BE(4) !== VERSION) refuseVersion(bytes.readUInt32BE(4), path);
  return { pageSizeBytes, isBigEndian, salt: Buffer.from(bytes.subarray(16, 24)), checksum };
}

const MAGIC = 0x377f0682;
const MAGIC_BIG_ENDIAN = 0x377f0683;
const VERSION = 3007000;

function refuseVersion(version: number, path: string): never {
  throw new BackupError(
    `${path} has version ${String(version)} of the write-ahead log, but only ${String(VERSION)} is supported`,
    {
      code: 'unknown-wal-version',
      operation: 'read the write-ahead log',
      path,
      hint: 'Update Feature Backups.',
    },
  );
}

/** Two copies of the header; the bytes after them are locks. SQLite's "WAL-mode File Format", section 2.1. */
export const WAL_INDEX_HEADER_BYTES = 96;

/**
 * The number of committed frames according to the `-shm`; 0 if it is being written or belongs to another generation of
 * the log.
 */
export function frameCountInIndex(bytes: Buffer | undefined, wal: WalHeader): number {
  if (bytes === undefined || bytes.length < WAL_INDEX_HEADER_BYTES) return 0;
  if (!bytes.subarray(0, HEADER_COPY_BYTES).equals(bytes.subarray(HEADER_COPY_BYTES))) return 0;
  if (!bytes.subarray(32, 40).equals(wal.salt)) return 0;
  return endianness() === 'LE' ? bytes.readUInt32LE(16) : bytes.readUInt32BE(16);
}

const HEADER_COPY_BYTES = WAL_INDEX_HEADER_BYTES / 2;
