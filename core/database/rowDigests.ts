import { newSha256, BackupError } from '../system/index.js';

/**
 * One SELECT that gives each row as cells of plain letters, whatever is stored in it: `integer:3137|null:|text:616263`.
 * Every reader of SQLite prints them alike, so that what two readers see can be compared without either's own way to
 * write numbers, texts or bytes. Reals have 15 digits, which every version of SQLite renders alike.
 */
export function plainRowsSelect(table: string, id: string, columns: readonly string[]): string {
  // Named by number: two columns of one name would be one to a reader that gives rows by their names.
  const cells = [id, ...columns].map(
    (column, index) =>
      `typeof(${column})||':'||hex(CASE typeof(${column}) WHEN 'real' THEN printf('%.15g',${column}) ELSE ${column} END) AS c${index}`,
  );
  return `SELECT ${cells.join(', ')} FROM ${table} NOT INDEXED ORDER BY ${id}`;
}

/** Between the cells of a row, as `sqlite3 -list -separator` prints it. */
export const CELL_SEPARATOR = '|';

/** Remembers every row by its id and a digest, in bounded memory: rows are added one by one, and not kept. */
export class RowDigests {
  #bytes = Buffer.alloc(ENTRY_BYTES * 1024);
  #count = 0;

  /** `row`: its cells with `|` between, the first being its id. Throws `too-large`. */
  add(row: string): void {
    if (this.#count === MAX_ROWS) throw tooMany();
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

/** Ids of the rows that the second list does not have as the first has them, at most `limit`; -1 where it is no number. */
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

/** From a thread a Buffer comes back as a plain array of bytes. */
function asBuffer({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}

function idOf(row: string): number {
  const digits = /^integer:((?:[0-9A-F]{2})+)(?:\||$)/.exec(row)?.[1];
  return digits === undefined ? -1 : Number(Buffer.from(digits, 'hex').toString('latin1'));
}

function tooMany(): BackupError {
  return new BackupError('There are more features than a drill compares', {
    code: 'too-large',
    operation: 'compare the features',
  });
}
