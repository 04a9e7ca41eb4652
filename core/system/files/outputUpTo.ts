/** Options of zlib for at most `bytes` of output. It collects small pieces by default, and then joins a second copy. */
export function outputUpTo(bytes: number): { readonly maxOutputLength: number; readonly chunkSize: number } {
  // One byte more, because zlib adds another buffer as soon as one is full.
  return { maxOutputLength: Math.max(bytes, 1), chunkSize: Math.max(bytes + 1, MIN_CHUNK_BYTES) };
}

/** The smallest that zlib accepts. */
const MIN_CHUNK_BYTES = 64;
