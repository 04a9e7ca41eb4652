import { newSha256, BackupError } from '../system/index.js';

/**
 * A SELECT that returns each cell as plain text: `integer:3137|null:|text:616263`. Every implementation of SQLite
 * prints these cells identically, so the results of two readers are comparable. Reals have 15 digits, because versions
 * of SQLite differ in the digits after that.
 */
export function plainRowsSelect(table: string, id: string, columns: readonly string[]): string {
  // Numbered names, because a reader may return a row as an object, in which columns of one name would be merged.
  const cells = [id, ...columns].map(
    (column, index) =>
      `typeof(${column})||':'||hex(CASE typeof(${column}) WHEN 'real' THEN printf('%.15g',${column}) ELSE ${column} END) AS c${index}`,
  );
  return `SELECT ${cells.join(', ')} FROM ${table} NOT INDEXED ORDER BY ${id}`;
}

/** As in `sqlite3 -list -separator`. */
export const CELL_SEPARATOR = '|';

/** Stores an id and a digest per row, in limited memory. */
export class RowDigests {
  #bytes = Buffer.alloc(ENTRY_BYTES * 1024);
  #count = 0;

  /** `row`: its cells separated by `|`, the id first. Throws `too-large`. */
  add(row: string): void {
    if (this.#count === MAX_ROWS) throw tooManyRows();
    if ((this.#count + 1) * ENTRY_BYTES > this.#bytes.length) this.#bytes = Buffer.concat([this.#bytes, this.#bytes]);
    const start = this.#count * ENTRY_BYTES;
    this.#bytes.writeDoubleBE(idOf(row), start);
    newSha256()
      .update(row)
      .digest()
      .copy(this.#bytes, start + ID_BYTES, 0, ENTRY_BYTES - ID_BYTES);
    this.#count += 1;
  }

  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#count * ENTRY_BYTES);
  }
}

const ID_BYTES = 8;
const ENTRY_BYTES = 24;
const MAX_ROWS = 2_000_000;

export function digestCount(digests: Uint8Array): number {
  return digests.length / ENTRY_BYTES;
}

/** The ids of rows that differ between two lists of digests, at most `limit`; -1 for an id that is not a number. */
export function differingRows(expected: Uint8Array, found: Uint8Array, limit: number): readonly number[] {
  const [one, other] = [asBuffer(expected), asBuffer(found)];
  const differing: number[] = [];
  for (let start = 0; start < one.length && differing.length < limit; start += ENTRY_BYTES) {
    const end = start + ENTRY_BYTES;
    if (one.subarray(start, end).equals(other.subarray(start, end))) continue;
    differing.push(one.readDoubleBE(start));
  }
  return differing;
}

/** A Buffer from another thread is a plain Uint8Array. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function idOf(row: string): number {
  const digits = /^integer:((?:[0-9A-F]{2})+)(?:\||$)/.exec(row)?.[1];
  return digits === undefined ? -1 : Number(Buffer.from(digits, 'hex').toString('latin1'));
}

function tooManyRows(): BackupError {
  return new BackupError('The database has more features than a drill can compare', {
    code: 'too-large',
    operation: 'compare the features',
  });
}
