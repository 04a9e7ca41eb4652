export interface Varint {
  /** Exact up to 2^53; a larger value is rounded. */
  readonly value: number;
  /** The number of bytes, 1 to 9. */
  readonly length: number;
}

/** Reads one big-endian base-128 number (SQLite file format, 1.6 "B-tree Pages"); undefined if truncated. */
export function readVarint(bytes: Uint8Array, offset: number): Varint | undefined {
  let value = 0;
  for (let length = 1; length <= 8; length += 1) {
    const byte = bytes[offset + length - 1];
    if (byte === undefined) return undefined;
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) return { value, length };
  }
  const ninth = bytes[offset + 8];
  return ninth === undefined ? undefined : { value: readSigned64(bytes, offset, ninth), length: 9 };
}

/** Seven bits of eight bytes plus eight bits of the ninth: 64 bits in two's complement. */
function readSigned64(bytes: Uint8Array, offset: number, ninth: number): number {
  let value = 0n;
  for (const byte of bytes.subarray(offset, offset + 8)) value = (value << 7n) | BigInt(byte & 0x7f);
  return Number(BigInt.asIntN(64, (value << 8n) | BigInt(ninth)));
}
