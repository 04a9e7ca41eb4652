import { crc32 } from 'node:zlib';
import { BackupError } from '../system/index.js';

/** The file format of a segment; see docs/history-format.md. */
export const SEGMENT_HEAD: Buffer = Buffer.concat([
  Buffer.from('FBHISTRY', 'latin1'),
  Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]),
]);

export type RecordKind = 'full' | 'xor';

/** A record's header. */
export interface RecordHeader {
  readonly kind: RecordKind;
  /** The position in its segment, from 0. */
  readonly index: number;
  readonly metadataBytes: number;
  readonly payloadBytes: number;
  readonly imageBytes: number;
  readonly payloadCrc: number;
  /** When the oldest state up to this one was created, in milliseconds since 1970. */
  readonly oldestMs: number;
  /** Of the image, hex. */
  readonly sha256: string;
}

export const HEADER_BYTES = 68;
export const TRAILER_BYTES = 4;
export const MARKER: Buffer = Buffer.from('FBR1', 'latin1');

/** Limits the steps to rebuild the last state of a segment. */
export const MAX_STATES = 128;

/** Larger images are never archived, so a larger claim means damage. */
export const MAX_IMAGE_BYTES = 256 * 1024 * 1024;

/** More than the metadata of a backup can have, deflated or not. */
export const MAX_METADATA_BYTES = 2 * 1024 * 1024;

/** The last megabyte is far more than deflate adds to incompressible data. */
export const MAX_RECORD_BYTES = MAX_IMAGE_BYTES + MAX_METADATA_BYTES + 1024 * 1024;

const KINDS: readonly RecordKind[] = ['full', 'xor'];

export function recordBytes({ metadataBytes, payloadBytes }: RecordHeader): number {
  return HEADER_BYTES + metadataBytes + payloadBytes + TRAILER_BYTES;
}

export interface NewRecord extends Pick<RecordHeader, 'kind' | 'index' | 'imageBytes' | 'oldestMs' | 'sha256'> {
  /** Deflated. */
  readonly metadata: Buffer;
  /** Deflated. */
  readonly payload: Buffer;
}

export function encodeRecord(record: NewRecord): Buffer {
  const { metadata, payload } = record;
  const header = Buffer.alloc(HEADER_BYTES);
  MARKER.copy(header);
  header.writeUInt8(KINDS.indexOf(record.kind), 4);
  header.writeUInt16LE(record.index, 6);
  header.writeUInt32LE(metadata.length, 8);
  header.writeUInt32LE(payload.length, 12);
  header.writeUInt32LE(record.imageBytes, 16);
  header.writeUInt32LE(crc32(payload), 20);
  header.writeBigInt64LE(BigInt(record.oldestMs), 24);
  header.write(record.sha256, 32, 'hex');
  header.writeUInt32LE(crc32(metadata, crc32(header.subarray(0, CRC_AT))), CRC_AT);
  const trailer = Buffer.alloc(TRAILER_BYTES);
  trailer.writeUInt32LE(HEADER_BYTES + metadata.length + payload.length + TRAILER_BYTES);
  return Buffer.concat([header, metadata, payload, trailer]);
}

const CRC_AT = 64;

/** Undefined if it is not a header. Only `isHeaderIntact` checks it completely. */
export function decodeHeader(bytes: Buffer): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 4).equals(MARKER)) return undefined;
  const kind = KINDS[bytes.readUInt8(4)];
  const header = {
    index: bytes.readUInt16LE(6),
    metadataBytes: bytes.readUInt32LE(8),
    payloadBytes: bytes.readUInt32LE(12),
    imageBytes: bytes.readUInt32LE(16),
    payloadCrc: bytes.readUInt32LE(20),
    oldestMs: Number(bytes.readBigInt64LE(24)),
    sha256: bytes.toString('hex', 32, 64),
  };
  if (kind === undefined || header.index >= MAX_STATES) return undefined;
  if (header.metadataBytes > MAX_METADATA_BYTES || header.imageBytes > MAX_IMAGE_BYTES) return undefined;
  return { ...header, kind };
}

/** `bytes`: the header and the metadata after it. */
export function isHeaderIntact(bytes: Buffer): boolean {
  return crc32(bytes.subarray(HEADER_BYTES), crc32(bytes.subarray(0, CRC_AT))) === bytes.readUInt32LE(CRC_AT);
}

export function segmentDamaged(path: string, why: string, cause?: unknown): BackupError {
  return new BackupError(`The history segment ${path} is damaged: ${why}`, {
    code: 'backup-damaged',
    operation: 'read the history',
    path,
    hint: 'States before the damage, and those in other segments, can still be restored.',
    cause,
  });
}
