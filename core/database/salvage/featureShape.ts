import type { RawValue } from '../feature.js';

/** Whether a record can be a row of the table: its columns in number and, for those that are known, in kind. */
export function hasFeatureShape(values: readonly RawValue[], columns: readonly string[]): boolean {
  if (values.length > columns.length || values.length < MIN_COLUMNS) return false;
  return values.every((value, index) => {
    const isExpected = EXPECTED.get(columns[index]?.toLowerCase() ?? '');
    return isExpected === undefined || isExpected(value);
  });
}

/** id to steps, and whether it passes: less no version has had. */
const MIN_COLUMNS = 7;

type Expectation = (value: RawValue) => boolean;

const isText: Expectation = (value) => typeof value === 'string';
const isTextOrNull: Expectation = (value) => value === null || typeof value === 'string';
const isFlag: Expectation = (value) => value === null || value === 0n || value === 1n;

const EXPECTED: ReadonlyMap<string, Expectation> = new Map(
  Object.entries<Expectation>({
    // NULL in the record: the rowid stands for it.
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
