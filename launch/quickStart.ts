import { setFlagsFromString } from 'node:v8';

/**
 * For programs that do one thing and end, called before SQLite's WebAssembly is compiled for an image of this size. On
 * Node 20 a short process otherwise waits at its end for the optimising compiler, three times as long as the work itself
 * takes; Node 22 and newer gain nothing.
 */
export function preferQuickStart(binary: Uint8Array, imageSizeBytes: number): void {
  if (imageSizeBytes > SMALL_IMAGE_BYTES || !process.versions.node.startsWith('20.')) return;
  const flags = hasCompilationHints(binary) ? [...NO_OPTIMISING, ...BY_HINTS] : NO_OPTIMISING;
  for (const flag of flags) setFlagsFromString(`--${flag}`);
  // Before anyone keeps compiled code for the next run: V8 refuses what was made under other flags than it starts with.
  process.prependOnceListener('exit', () => {
    for (const flag of flags) setFlagsFromString(`--${opposite(flag)}`);
  });
}

/** Larger ones are worth the optimising compiler. */
const SMALL_IMAGE_BYTES = 8_000_000;

/** What `liftoff-only` implies, and it cannot be taken back. */
const NO_OPTIMISING = ['no-wasm-tier-up', 'no-wasm-dynamic-tiering', 'wasm-lazy-validation'] as const;

/**
 * What a backup runs is compiled here, by V8's threads and this one together; scripts/compilationHints.mjs has put in
 * what that is.
 */
const BY_HINTS = ['experimental-wasm-compilation-hints', 'no-wasm-lazy-compilation'] as const;

function hasCompilationHints(binary: Uint8Array): boolean {
  return Buffer.from(binary.buffer, binary.byteOffset, binary.length).includes('compilationHints');
}

function opposite(flag: string): string {
  return flag.startsWith('no-') ? flag.slice('no-'.length) : `no-${flag}`;
}
