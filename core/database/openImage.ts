import { BackupError } from '../system/index.js';
import { isEngineFailure } from './engineFailure.js';
import type { LazyBytes, SqlDatabase, SqlEngine, SqlParameter, SqlStatement, SqlValue } from './sqlEngine.js';

export interface OpenOptions {
  /** Opens a copy that can be changed; `exportImage` returns it. */
  readonly writable?: boolean;
  /** In milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * Opens an image with SQLite, and disables every feature of SQLite that a hostile schema could use. To save memory,
 * SQLite reads pages directly from the image, which must not change while it is open.
 */
export function openImage(engine: SqlEngine, image: Buffer, { writable = false, deadline }: OpenOptions): OpenImage {
  if (writable || !canReadLazily(engine)) return openCopy(engine, image, deadline);
  const pages = new PageSource(image, deadline);
  try {
    const opened = new OpenImage(engine, pages, deadline);
    if (pages.reads > 0 || image.length < MIN_DATABASE_BYTES) return opened;
    opened.close();
  } catch (error) {
    // The caller handles errors about the content. A TypeError, or one before any read, means that sql.js needs a typed
    // array.
    if (pages.reads > 0 && !(error instanceof TypeError)) throw error;
  }
  enginesWithoutLazyReading.add(engine);
  return openCopy(engine, image, deadline);
}

/** sql.js copies with `slice`, which returns a view of a Buffer, so SQLite would write into the caller's image. */
function openCopy(engine: SqlEngine, image: Buffer, deadline: number): OpenImage {
  return new OpenImage(engine, new Uint8Array(image.buffer, image.byteOffset, image.length), deadline);
}

/** False once sql.js has turned out to need a real typed array; images are copied from then on. */
export function canReadLazily(engine: SqlEngine): boolean {
  return !enginesWithoutLazyReading.has(engine);
}

const enginesWithoutLazyReading = new WeakSet<SqlEngine>();

/** The smallest page size. SQLite may read nothing of a smaller file. */
const MIN_DATABASE_BYTES = 512;

/** Limits SQLite's allocations, whatever lengths a file claims. */
const HEAP_LIMIT_BYTES = 512 * 1024 * 1024;

const SAFETY_PRAGMAS = [
  'trusted_schema=OFF',
  'cell_size_check=ON',
  // CHECK constraints can call any function, and do not show whether the file is intact.
  'ignore_check_constraints=ON',
  'temp_store=MEMORY',
  'mmap_size=0',
  `hard_heap_limit=${HEAP_LIMIT_BYTES}`,
];

export class OpenImage {
  readonly #database: SqlDatabase;
  readonly #deadline: number;

  constructor(engine: SqlEngine, bytes: Uint8Array | LazyBytes, deadline: number) {
    this.#database = new engine.Database(bytes);
    this.#deadline = deadline;
    try {
      this.#database.exec(SAFETY_PRAGMAS.map((pragma) => `PRAGMA ${pragma};`).join(''));
      // The first read of the file.
      this.#database.exec('SELECT 1 FROM sqlite_master LIMIT 1');
    } catch (error) {
      // An open database would keep the image in memory.
      if (!isEngineFailure(error)) this.close();
      throw error;
    }
  }

  /** Returns rows one at a time, integers as numbers. Throws the `Error` that SQLite reports. */
  rows(sql: string, parameters: readonly SqlParameter[] = []): Generator<SqlValue[], void, undefined> {
    return this.#step(sql, parameters, (statement) => statement.get());
  }

  /** Like `rows`, with integers as bigints, to distinguish them from reals and to avoid rounding. */
  exactRows(sql: string, parameters: readonly SqlParameter[] = []): Generator<SqlValue[], void, undefined> {
    return this.#step(sql, parameters, (statement) => statement.get(null, { useBigInt: true }));
  }

  firstRow(sql: string, parameters: readonly SqlParameter[] = []): SqlValue[] | undefined {
    for (const row of this.rows(sql, parameters)) return row;
    return undefined;
  }

  run(sql: string, parameters: readonly SqlParameter[] = []): void {
    this.firstRow(sql, parameters);
  }

  /** The changed database in rollback mode (header bytes 18 and 19 are 1). */
  exportImage(): Buffer {
    const bytes = this.#database.export();
    const image = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    image.fill(1, 18, 20);
    return image;
  }

  close(): void {
    this.#database.close();
  }

  *#step(
    sql: string,
    parameters: readonly SqlParameter[],
    read: (statement: SqlStatement) => SqlValue[],
  ): Generator<SqlValue[], void, undefined> {
    const statement = this.#database.prepare(sql);
    try {
      statement.bind(parameters);
      for (let count = 1; statement.step(); count += 1) {
        if (count % 1024 === 1) this.#assertInTime();
        yield read(statement);
      }
    } catch (error) {
      this.#assertInTime();
      throw error;
    } finally {
      statement.free();
    }
    this.#assertInTime();
  }

  #assertInTime(): void {
    if (Date.now() > this.#deadline) throw timeLimitError();
  }
}

export function timeLimitError(): BackupError {
  return new BackupError('The database took too long to read', {
    code: 'time-limit',
    operation: 'read the database',
    hint: 'Try again when this machine is less busy. If it fails again, inspect the schema of the database.',
  });
}

/**
 * Bytes that Emscripten's file system accepts as a typed array: `slice` returns this object instead of a copy, and
 * `subarray` a view of the image. After the deadline every page reads as zeros, so SQLite stops with an error: an
 * exception through its frames would leave it in an undefined state.
 */
class PageSource implements LazyBytes {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  reads = 0;
  readonly #bytes: Int8Array;
  readonly #deadline: number;
  #isPastDeadline = false;

  constructor(image: Buffer, deadline: number) {
    // The view is signed like the destination memory, because a copy between arrays of one type is a single block move.
    this.#bytes = new Int8Array(image.buffer, image.byteOffset, image.length);
    this.length = image.length;
    this.buffer = image.buffer;
    this.#deadline = deadline;
  }

  slice(): this {
    return this;
  }

  subarray(start: number, end: number): Int8Array {
    this.reads += 1;
    if (this.reads % 256 === 0) this.#isPastDeadline ||= Date.now() > this.#deadline;
    return this.#isPastDeadline ? new Int8Array(end - start) : this.#bytes.subarray(start, end);
  }
}
