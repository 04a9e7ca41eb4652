import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { BackupError, isNotFound } from '../system/index.js';

/** The part of sql.js that is used here. */
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

/** The part of a typed array that Emscripten's in-memory file system uses to read a file. */
export interface LazyBytes {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  slice(): LazyBytes;
  subarray(start: number, end: number): Int8Array;
}

let loading: Promise<SqlEngine> | undefined;
let broken = false;

/** Loads SQLite's WebAssembly once per process, for an image of this size. */
export function loadSqlEngine(imageSizeBytes = Infinity): Promise<SqlEngine> {
  loading ??= load(imageSizeBytes);
  return loading;
}

/** Receives SQLite's WebAssembly before it is compiled, and the size of the image that it is loaded for. */
export type BeforeCompiling = (binary: Uint8Array, imageSizeBytes: number) => void;

/** Registers a function that is called once, before the engine is compiled. */
export function beforeSqlEngineCompiles(prepare: BeforeCompiling): void {
  beforeCompiling = prepare;
}

let beforeCompiling: BeforeCompiling | undefined;

export function hasLoadedSqlEngine(): boolean {
  return loading !== undefined;
}

/** For use after a trap: WebAssembly's memory is then undefined, and sql.js cannot be loaded twice in one thread. */
export function disableSqlEngine(): void {
  broken = true;
}

export function isSqlEngineDisabled(): boolean {
  return broken;
}

async function load(imageSizeBytes: number): Promise<SqlEngine> {
  const binary = readWebAssembly();
  const sqlJs: unknown = (await import('sql.js')).default;
  return await (sqlJs as InitSqlJs)({
    // The old extension functions print a warning if a schema calls them.
    useOldExtensionFunctions: false,
    print: () => undefined,
    printErr: () => undefined,
    instantiateWasm(imports, receive) {
      // Only after sql.js is loaded: the hook may change V8's flags, and V8 then rejects the cached code of sql.js.
      beforeCompiling?.(binary, imageSizeBytes);
      // Synchronous, because for a small module the event loop takes longer.
      const instance = new WebAssembly.Instance(new WebAssembly.Module(binary), imports);
      receive(instance);
      return instance.exports;
    },
  });
}

/** The file is beside the bundle or, when the source tree runs, in the package sql.js. */
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

// Missing from Node's types.
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => WebAssemblyInstance;
};
