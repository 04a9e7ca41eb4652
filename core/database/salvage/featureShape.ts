import type { RawValue } from '../feature.js';

/** Whether a record can be a row of the table, by its number of columns and the types of known columns. */
export function hasFeatureShape(values: readonly RawValue[], columns: readonly string[]): boolean {
  if (values.length > columns.length || values.length < MIN_COLUMNS) return false;
  return values.every((value, index) => {
    const isExpected = EXPECTED.get(columns[index]?.toLowerCase() ?? '');
    return isExpected === undefined || isExpected(value);
  });
}

/** From `id` to `passes`: every version has these. */
const MIN_COLUMNS = 7;

type Expectation = (value: RawValue) => boolean;

const isText: Expectation = (value) => typeof value === 'string';
const isTextOrNull: Expectation = (value) => value === null || typeof value === 'string';
const isFlag: Expectation = (value) => value === null || value === 0n || value === 1n;

const EXPECTED: ReadonlyMap<string, Expectation> = new Map(
  Object.entries<Expectation>({
    // The record contains NULL, because the id is the rowid.
    id: (value) => value === null,
    priority: (value) => value === null || typeof value === 'bigint',
    category: isText,
    name: isText,
    description: isText,
    steps: isTextOrNull,
    passes: isFlag,
    in_progress: isFlag,
    dependencies: isTextOrNull,
    needs_human_input: isFlag,
  }),
);
