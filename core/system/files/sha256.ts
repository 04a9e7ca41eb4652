import type { Hash } from 'node:crypto';

/** SHA-256 of some bytes, hex. */
export function sha256Of(bytes: Uint8Array): string {
  return newSha256().update(bytes).digest('hex');
}

/** Loaded when first needed: it takes milliseconds, and an unchanged database needs no hash. */
export function newSha256(): Hash {
  return process.getBuiltinModule('node:crypto').createHash('sha256');
}
