import { BackupError } from '../system/index.js';
import { isEngineFailure } from './engineFailure.js';
import type { LazyBytes, SqlDatabase, SqlEngine, SqlParameter, SqlStatement, SqlValue } from './sqlEngine.js';

export interface OpenOptions {
  /** Work on a copy of the bytes that may be changed; `exportImage` gives it back. */
  readonly writable?: boolean;
  /** When to give up, in milliseconds since the epoch. */
  readonly deadline: number;
}

/**
 * An image opened with SQLite, with everything switched off that a hostile schema could use. Reading, it takes the
 * pages straight from the image, which must not change meanwhile: no second copy of a large database.
 */
export function openImage(engine: SqlEngine, image: Buffer, { writable = false, deadline }: OpenOptions): OpenImage {
  if (writable || !isReadingLazily(engine)) return openCopy(engine, image, deadline);
  const pages = new PageSource(image, deadline);
  try {
    const opened = new OpenImage(engine, pages, deadline);
    if (pages.reads > 0 || image.length < SMALLEST_DATABASE_BYTES) return opened;
    opened.close();
  } catch (error) {
    // What SQLite says of the bytes it has read is for the caller; anything else means that sql.js asks for more than this.
    if (pages.reads > 0 && !(error instanceof TypeError)) throw error;
  }
  withoutLazyReading.add(engine);
  return openCopy(engine, image, deadline);
}

/** sql.js copies with `slice`, which of a Buffer would be a view: SQLite would write into the caller's image. */
function openCopy(engine: SqlEngine, image: Buffer, deadline: number): OpenImage {
  return new OpenImage(engine, new Uint8Array(image.buffer, image.byteOffset, image.length), deadline);
}

/** False once sql.js has turned out to want real bytes; images are copied from then on. */
export function isReadingLazily(engine: SqlEngine): boolean {
  return !withoutLazyReading.has(engine);
}

const withoutLazyReading = new WeakSet<SqlEngine>();

/** The smallest page there is; of less, SQLite may not read anything. */
const SMALLEST_DATABASE_BYTES = 512;

/** 512 MiB: what SQLite may allocate, whatever lengths a file claims. */
const HEAP_LIMIT_BYTES = 512 * 1024 * 1024;

const SAFETY = [
  'trusted_schema=OFF',
  'cell_size_check=ON',
  // CHECK constraints may call anything, and say nothing about whether the file is whole.
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
      this.#database.exec(SAFETY.map((pragma) => `PRAGMA ${pragma};`).join(''));
      // The first look into the file.
      this.#database.exec('SELECT 1 FROM sqlite_master LIMIT 1');
    } catch (error) {
      // It would keep the image in memory for as long as the process lives.
      if (!isEngineFailure(error)) this.close();
      throw error;
    }
  }

  /** Rows one at a time, integers as numbers. Throws the `Error` that SQLite reports. */
  rows(sql: string, parameters: readonly SqlParameter[] = []): Generator<SqlValue[], void, undefined> {
    return this.#step(sql, parameters, (statement) => statement.get());
  }

  /** As `rows`, with integers as bigints, so that each is told from a real and none is rounded. */
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
        if (count % 1024 === 1) this.#keepDeadline();
        yield read(statement);
      }
    } catch (error) {
      this.#keepDeadline();
      throw error;
    } finally {
      statement.free();
    }
    this.#keepDeadline();
  }

  #keepDeadline(): void {
    if (Date.now() > this.#deadline) throw timeLimitError();
  }
}

export function timeLimitError(): BackupError {
  return new BackupError('The database took too long to read', {
    code: 'time-limit',
    operation: 'read the database',
    hint: 'It may be built to exhaust its reader, or this machine may be very busy: try again, and look at its schema.',
  });
}

/**
 * Bytes that Emscripten's file system takes for a typed array: where it would copy the file it gets this very object
 * (`slice`), and where it reads, a view of the image (`subarray`). Past the deadline every page reads as zeros, which
 * SQLite takes for damage and gives up by itself: an exception through its frames would leave it in no known state.
 */
class PageSource implements LazyBytes {
  readonly length: number;
  readonly buffer: ArrayBufferLike;
  /** How often it has been asked for bytes. */
  reads = 0;
  readonly #bytes: Int8Array;
  readonly #deadline: number;
  #late = false;

  constructor(image: Buffer, deadline: number) {
    // Signed, as the memory it is copied to: between equal types the copy is one block move.
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
    if (this.reads % 256 === 0) this.#late ||= Date.now() > this.#deadline;
    return this.#late ? new Int8Array(end - start) : this.#bytes.subarray(start, end);
  }
}
