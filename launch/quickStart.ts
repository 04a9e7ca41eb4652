import { setFlagsFromString } from 'node:v8';

/**
 * Turns off V8's optimising compiler for short programs, before SQLite's WebAssembly is compiled for an image of this
 * size. On Node 20, a short process would wait at its end for that compiler, three times as long as its work takes.
 * Node 22 and newer gain nothing.
 */
export function preferQuickStart(binary: Uint8Array, imageSizeBytes: number): void {
  if (imageSizeBytes > SMALL_IMAGE_BYTES || !process.versions.node.startsWith('20.')) return;
  const flags = hasCompilationHints(binary) ? [...NO_OPTIMISING, ...BY_HINTS] : NO_OPTIMISING;
  for (const flag of flags) setFlagsFromString(`--${flag}`);
  // Runs before compiled code is cached for the next run: V8 rejects code that was compiled with flags other than those
  // it starts with.
  process.prependOnceListener('exit', () => {
    for (const flag of flags) setFlagsFromString(`--${negated(flag)}`);
  });
}

/** For larger images, the optimising compiler is worth its time. */
const SMALL_IMAGE_BYTES = 8_000_000;

/** The flags that `liftoff-only` implies; that flag itself cannot be reset. */
const NO_OPTIMISING = ['no-wasm-tier-up', 'no-wasm-dynamic-tiering', 'wasm-lazy-validation'] as const;

/**
 * With these flags, V8 compiles the functions that a backup runs at once and on several threads. The hints in the
 * module, added by scripts/compilationHints.mjs, name these functions.
 */
const BY_HINTS = ['experimental-wasm-compilation-hints', 'no-wasm-lazy-compilation'] as const;

function hasCompilationHints(binary: Uint8Array): boolean {
  return Buffer.from(binary.buffer, binary.byteOffset, binary.length).includes('compilationHints');
}

function negated(flag: string): string {
  return flag.startsWith('no-') ? flag.slice('no-'.length) : `no-${flag}`;
}
