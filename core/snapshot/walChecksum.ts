import { endianness } from 'node:os';

/** Two signed 32-bit sums; SQLite's "Database File Format", section 4.2. */
export interface Checksum {
  readonly first: number;
  readonly second: number;
}

/** Continues from `start` over `lengthBytes` bytes (a multiple of 8) at `offset`. */
export function addWords(
  start: Checksum,
  bytes: Buffer,
  offset: number,
  lengthBytes: number,
  isBigEndian: boolean,
): Checksum {
  const position = bytes.byteOffset + offset;
  if (position % 4 !== 0) return addWords(start, aligned(bytes, offset, lengthBytes), 0, lengthBytes, isBigEndian);
  const words = new Int32Array(bytes.buffer, position, lengthBytes / 4);
  return isBigEndian === IS_BIG_ENDIAN_MACHINE ? addNative(start, words) : addSwapped(start, words);
}

export function readChecksum(bytes: Buffer, offset: number): Checksum {
  return { first: bytes.readInt32BE(offset), second: bytes.readInt32BE(offset + 4) };
}

export function sameChecksum(one: Checksum, other: Checksum): boolean {
  return one.first === other.first && one.second === other.second;
}

const IS_BIG_ENDIAN_MACHINE = endianness() === 'BE';

function aligned(bytes: Buffer, offset: number, lengthBytes: number): Buffer {
  const copy = Buffer.allocUnsafeSlow(lengthBytes);
  bytes.copy(copy, 0, offset, offset + lengthBytes);
  return copy;
}

function addNative(start: Checksum, words: Int32Array): Checksum {
  let { first, second } = start;
  for (let index = 0; index < words.length; index += 2) {
    first = (first + (words[index] ?? 0) + second) | 0;
    second = (second + (words[index + 1] ?? 0) + first) | 0;
  }
  return { first, second };
}

function addSwapped(start: Checksum, words: Int32Array): Checksum {
  let { first, second } = start;
  for (let index = 0; index < words.length; index += 2) {
    first = (first + swapBytes(words[index] ?? 0) + second) | 0;
    second = (second + swapBytes(words[index + 1] ?? 0) + first) | 0;
  }
  return { first, second };
}

function swapBytes(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
