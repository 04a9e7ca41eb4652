import type { RawValue } from '../feature.js';
import { readVarint } from './varint.js';

export type TextEncoding = 'utf-8' | 'utf-16le' | 'utf-16be';

export interface ParsedRecord {
  readonly values: readonly RawValue[];
  /** False if some text is invalid in its encoding, so characters are lost. */
  readonly textIntact: boolean;
}

/** Reads a record (SQLite file format, 2.1 "Record Format"); undefined if invalid. */
export function parseRecord(payload: Buffer, encoding: TextEncoding): ParsedRecord | undefined {
  const serialTypes = readSerialTypes(payload);
  if (serialTypes === undefined) return undefined;
  const values: RawValue[] = [];
  let offset = serialTypes.headerLength;
  let textIntact = true;
  for (const type of serialTypes.types) {
    const length = contentLength(type);
    if (length === undefined || offset + length > payload.length) return undefined;
    const value = readValue(payload.subarray(offset, offset + length), type, encoding);
    if (typeof value === 'string' && value.includes('\ufffd')) textIntact = false;
    values.push(value);
    offset += length;
  }
  return offset === payload.length ? { values, textIntact } : undefined;
}

function readSerialTypes(payload: Buffer): { types: number[]; headerLength: number } | undefined {
  const header = readVarint(payload, 0);
  if (header === undefined || header.value > payload.length || header.value < header.length) return undefined;
  const types: number[] = [];
  let offset = header.length;
  while (offset < header.value) {
    const type = readVarint(payload, offset);
    if (type === undefined) return undefined;
    types.push(type.value);
    offset += type.length;
  }
  return offset === header.value ? { types, headerLength: header.value } : undefined;
}

const FIXED_LENGTHS: readonly (number | undefined)[] = [0, 1, 2, 3, 4, 6, 8, 8, 0, 0, undefined, undefined];

function contentLength(type: number): number | undefined {
  if (type < 0) return undefined;
  return type < 12 ? FIXED_LENGTHS[type] : Math.floor((type - 12) / 2);
}

function readValue(bytes: Buffer, type: number, encoding: TextEncoding): RawValue {
  if (type === 0) return null;
  if (type === 7) return bytes.readDoubleBE(0);
  if (type === 8) return 0n;
  if (type === 9) return 1n;
  if (type < 7) return readInteger(bytes);
  return type % 2 === 0 ? new Uint8Array(bytes) : decode(bytes, encoding);
}

function readInteger(bytes: Buffer): bigint {
  return bytes.length <= 6 ? BigInt(bytes.readIntBE(0, bytes.length)) : bytes.readBigInt64BE(0);
}

function decode(bytes: Buffer, encoding: TextEncoding): string {
  if (encoding === 'utf-8') return bytes.toString('utf8');
  if (encoding === 'utf-16le') return bytes.toString('utf16le');
  const swapped = Buffer.from(bytes.subarray(0, bytes.length - (bytes.length % 2)));
  return swapped.swap16().toString('utf16le');
}
