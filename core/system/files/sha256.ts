import { createHash, type Hash } from 'node:crypto';

/** SHA-256 of some bytes, hex. */
export function sha256Of(bytes: Uint8Array): string {
  const hash = newSha256();
  for (let start = 0; start === 0 || start < bytes.length; start += MAX_UPDATE_BYTES) {
    hash.update(bytes.subarray(start, start + MAX_UPDATE_BYTES));
  }
  return hash.digest('hex');
}

/** Node refuses 2 GiB at once. */
const MAX_UPDATE_BYTES = 2 ** 30;

export function newSha256(): Hash {
  return createHash('sha256');
}
