import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BackupError, isNotFound, isShortRun } from '../system/index.js';

/** What of sql.js is used here. */
export interface SqlEngine {
  readonly Database: new (bytes: Uint8Array | LazyBytes) => SqlDatabase;
}

export interface SqlDatabase {
  prepare(sql: string): SqlStatement;
  exec(sql: string): unknown;
  export(): Uint8Array;
  close(): void;
}

export interface SqlStatement {
  bind(values: readonly SqlParameter[]): boolean;
  step(): boolean;
  get(values?: null, options?: { readonly useBigInt: boolean }): SqlValue[];
  free(): boolean;
}

export type SqlParameter = null | number | string | Uint8Array;
export type SqlValue = SqlParameter | bigint;

/** The part of a typed array that Emscripten's in-memory file system uses of a file it only reads. */
export interface LazyBytes {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  slice(): LazyBytes;
  subarray(start: number, end: number): Int8Array;
}

let loading: Promise<SqlEngine> | undefined;
let broken = false;

/**
 * SQLite compiled to WebAssembly: loaded at the first call, once a process. In a short run a small database is read
 * sooner by code that is never optimised; who stays, or has a large database, wants fast code.
 */
export function loadSqlEngine(imageSizeBytes = Infinity): Promise<SqlEngine> {
  const isQuick = isShortRun() && imageSizeBytes <= SMALL_IMAGE_BYTES;
  if (isQuick) loading ??= load(preferQuickStart);
  loading ??= load();
  return loading;
}

export function hasLoadedSqlEngine(): boolean {
  return loading !== undefined;
}

/** After a trap inside WebAssembly its memory is in no known state; sql.js cannot be loaded a second time into one thread. */
export function markSqlEngineBroken(): void {
  broken = true;
}

export function isSqlEngineBroken(): boolean {
  return broken;
}

/** Larger ones are worth the optimising compiler. */
const SMALL_IMAGE_BYTES = 8_000_000;

async function load(prepare?: (binary: Uint8Array) => void): Promise<SqlEngine> {
  const binary = readWebAssembly();
  const sqlJs: unknown = (await import('sql.js')).default;
  return await (sqlJs as InitSqlJs)({
    // The old extension functions print a warning when a schema calls them.
    useOldExtensionFunctions: false,
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm(imports, receive) {
      // Only now: with other flags than it started with, V8 takes no compiled code that was kept of sql.js itself.
      prepare?.(binary);
      // Waited for in this thread: for one small module, being told of the end by the event loop takes longer.
      const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
      receive(instance);
      return instance.exports;
    },
  });
}

/**
 * On Node 20 a short process otherwise waits at its end for the optimising compiler, three times as long as the work
 * itself takes; Node 22 and newer gain nothing.
 */
function preferQuickStart(binary: Uint8Array): void {
  if (!process.versions.node.startsWith('20.')) return;
  // Not imported: a run that needs no SQLite would load it in vain.
  const { setFlagsFromString } = process.getBuiltinModule('node:v8');
  const flags = hasCompilationHints(binary) ? [...NO_OPTIMISING, ...BY_HINTS] : NO_OPTIMISING;
  for (const flag of flags) setFlagsFromString(`--${flag}`);
  // Before anyone keeps compiled code for the next run: V8 refuses what was made under other flags than it starts with.
  process.prependOnceListener('exit', () => {
    for (const flag of flags) setFlagsFromString(`--${opposite(flag)}`);
  });
}

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

/** In a bundle it lies next to the bundle; in the source tree, in the package. */
function readWebAssembly(): Uint8Array {
  try {
    return readFileSync(join(import.meta.dirname, 'sql-wasm.wasm'));
  } catch (error) {
    if (!isNotFound(error)) throw error;
    return readFileSync(locateInPackage());
  }
}

function locateInPackage(): string {
  try {
    return createRequire(import.meta.filename).resolve('sql.js/dist/sql-wasm.wasm');
  } catch (cause) {
    const path = join(import.meta.dirname, 'sql-wasm.wasm');
    throw new BackupError(`A part of this program is missing: ${path}`, {
      code: 'io',
      operation: 'load SQLite',
      path,
      hint: 'Install the package again.',
      cause,
    });
  }
}

type InitSqlJs = (configuration: {
  readonly useOldExtensionFunctions: boolean;
  readonly print: () => void;
  readonly printErr: () => void;
  readonly instantiateWasm: (imports: object, receive: (instance: WebAssemblyInstance) => void) => object;
}) => Promise<SqlEngine>;

interface WebAssemblyInstance {
  readonly exports: object;
}

// Node's own types leave it out.
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => WebAssemblyInstance;
};
