import { createHash, type Hash } from 'node:crypto';

/** SHA-256 of some bytes, hex. */
export function sha256Of(bytes: Uint8Array): string {
  return newSha256().update(bytes).digest('hex');
}

export function newSha256(): Hash {
  return createHash('sha256');
}
