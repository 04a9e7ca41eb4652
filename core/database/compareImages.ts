import { compareFeatures, compareOne, FeatureDifferences } from './compareFeatures.js';
import { isEngineFailure } from './engineFailure.js';
import type { Feature, FeatureComparison } from './feature.js';
import { featureFromValues } from './featureFromValues.js';
import { readFeatures } from './imageOperations.js';
import { openImage, type OpenImage } from './openImage.js';
import { timeLimitMs } from './runTask.js';
import { findSchemaHazard } from './schemaHazard.js';
import { disableSqlEngine, isSqlEngineDisabled, loadSqlEngine, type SqlEngine, type SqlValue } from './sqlEngine.js';
import { requireFeatureTable } from './tasks/featureTable.js';
import { asDatabaseError } from './tasks/tasks.js';

/**
 * The changes from the features of one image to those of another. Both must have passed SQLite's check. Reads both side
 * by side, so memory depends on the differences, of which at most 10,000 of a kind are listed. Throws like `readFeatures`.
 */
export async function compareImages(before: Buffer, after: Buffer): Promise<FeatureComparison> {
  const merged = await compareSideBySide(before, after);
  if (merged !== undefined) return merged;
  return compareFeatures(await readFeatures(before), await readFeatures(after), MAX_LISTED);
}

const MAX_LISTED = 10_000;

/** Undefined if a schema is not safe to read in this thread, or if the ids are not increasing integers. */
async function compareSideBySide(before: Buffer, after: Buffer): Promise<FeatureComparison | undefined> {
  if (isSqlEngineDisabled() || [before, after].some((image) => findSchemaHazard(image) !== undefined)) return undefined;
  const engine = await loadSqlEngine(Math.max(before.length, after.length));
  const opened: OpenImage[] = [];
  try {
    return mergeRows(openRows(engine, before, opened), openRows(engine, after, opened));
  } catch (error) {
    if (!isEngineFailure(error)) throw asDatabaseError(error);
    disableSqlEngine();
    return undefined;
  } finally {
    if (!isSqlEngineDisabled()) for (const image of opened) image.close();
  }
}

/** The features of one image in the order of their ids. */
interface SortedRows {
  readonly fields: readonly (keyof Feature)[];
  /** The first value of each is the id. */
  readonly rows: Generator<readonly SqlValue[], void, undefined>;
}

function openRows(engine: SqlEngine, bytes: Buffer, opened: OpenImage[]): SortedRows {
  const image = openImage(engine, bytes, { deadline: Date.now() + timeLimitMs(bytes.length) });
  opened.push(image);
  const { table, columns } = requireFeatureTable(image);
  const { id = 'rowid', ...others } = columns;
  const sql = `SELECT ${[id, ...Object.values(others)].join(', ')} FROM ${table} NOT INDEXED ORDER BY ${id}`;
  return { fields: ['id', ...(Object.keys(others) as (keyof Feature)[])], rows: image.rows(sql) };
}

function mergeRows(before: SortedRows, after: SortedRows): FeatureComparison | undefined {
  const differences = new FeatureDifferences(MAX_LISTED);
  const isComparable = before.fields.join() === after.fields.join();
  const [earlier, later] = [new RowCursor(before), new RowCursor(after)];
  try {
    while (earlier.row !== undefined || later.row !== undefined) {
      if (earlier.isIrregular || later.isIrregular) return undefined;
      if (earlier.id < later.id) differences.addRemoved(() => earlier.feature());
      else if (earlier.id > later.id) differences.addAdded(() => later.feature());
      else if (isComparable && hasSameValues(earlier.row, later.row)) differences.addUnchanged();
      else differences.addPair(compareOne(earlier.feature(), later.feature()));
      const [earlierId, laterId] = [earlier.id, later.id];
      if (earlierId <= laterId) earlier.advance();
      if (laterId <= earlierId) later.advance();
    }
    return differences.result();
  } finally {
    earlier.close();
    later.close();
  }
}

/** Numbers and texts; a blob never counts as the same, and is then compared as a feature. */
function hasSameValues(one: readonly SqlValue[] | undefined, other: readonly SqlValue[] | undefined): boolean {
  return one !== undefined && other !== undefined && one.every((value, index) => value === other[index]);
}

/** The next row of one image. */
class RowCursor {
  row: readonly SqlValue[] | undefined;
  /** Infinite after the last row. */
  id = -Infinity;
  /** The id is not an integer larger than the one before. */
  isIrregular = false;
  readonly #fields: SortedRows['fields'];
  readonly #rows: SortedRows['rows'];

  constructor({ fields, rows }: SortedRows) {
    this.#fields = fields;
    this.#rows = rows;
    this.advance();
  }

  advance(): void {
    const previous = this.id;
    const next = this.#rows.next();
    this.row = next.done === true ? undefined : next.value;
    const id = this.row === undefined ? Infinity : this.row[0];
    this.isIrregular =
      typeof id !== 'number' || id <= previous || (this.row !== undefined && !Number.isSafeInteger(id));
    this.id = typeof id === 'number' ? id : Infinity;
  }

  feature(): Feature {
    const row = this.row ?? [];
    return featureFromValues(Object.fromEntries(this.#fields.map((field, index) => [field, row[index]])));
  }

  /** Frees the statement. */
  close(): void {
    this.#rows.return();
  }
}
