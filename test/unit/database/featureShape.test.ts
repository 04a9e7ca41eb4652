import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { hasFeatureShape } from '../../../core/database/salvage/featureShape.js';
import type { RawValue } from '../../../core/database/feature.js';

const COLUMNS = [
  ...['id', 'priority', 'category', 'name', 'description', 'steps', 'passes', 'in_progress', 'dependencies'],
  ...['needs_human_input', 'human_input_request', 'human_input_response'],
];
const ROW: readonly RawValue[] = [null, 1n, 'api', 'Login', 'Users log in', '["open"]', 1n, 0n, '[1]', 0n, null, null];

/** The row with the first value of a column replaced. */
const rowWith = (column: string, value: RawValue): readonly RawValue[] =>
  ROW.map((old, index) => (COLUMNS[index] === column ? value : old));

describe('the shape by which salvage recognizes a feature', () => {
  it('has at least the columns of the first version, and at most those of the table', () => {
    for (let count = 0; count <= COLUMNS.length; count += 1)
      assert.equal(hasFeatureShape(ROW.slice(0, count), COLUMNS), count >= 7, `${String(count)} values`);
    assert.equal(hasFeatureShape([...ROW, null], COLUMNS), false);
    assert.equal(hasFeatureShape([...ROW, null], [...COLUMNS, 'added_later']), true);
    for (let count = 7; count < COLUMNS.length; count += 1)
      assert.equal(hasFeatureShape(ROW, COLUMNS.slice(0, count)), false, `a table of ${String(count)} columns`);
  });

  const TEXT_OR_NOTHING: readonly RawValue[] = [1n, 0.5, Buffer.from('x')];
  const TEXT: readonly RawValue[] = [null, ...TEXT_OR_NOTHING];
  const FLAG: readonly RawValue[] = [2n, -1n, 0.5, '1', Buffer.from('1')];
  const REFUSED: Readonly<Record<string, readonly RawValue[]>> = {
    id: [1n, '1', 0.5],
    priority: ['1', 0.5, Buffer.from('1')],
    category: TEXT,
    name: TEXT,
    description: TEXT,
    steps: TEXT_OR_NOTHING,
    passes: FLAG,
    in_progress: FLAG,
    dependencies: TEXT_OR_NOTHING,
    needs_human_input: FLAG,
  };
  for (const [column, values] of Object.entries(REFUSED)) {
    it(`excludes ${column} of another type`, () => {
      for (const value of values) {
        assert.equal(hasFeatureShape(rowWith(column, value), COLUMNS), false, String(value));
        const upperCase = COLUMNS.map((name) => name.toUpperCase());
        assert.equal(hasFeatureShape(rowWith(column, value), upperCase), false, String(value));
      }
    });
  }

  it('accepts NULL where the schema does, and anything in unknown columns', () => {
    for (const column of ['priority', 'steps', 'passes', 'in_progress', 'dependencies', 'needs_human_input'])
      assert.equal(hasFeatureShape(rowWith(column, null), COLUMNS), true, column);
    for (const value of [null, 1n, 0.5, 'x', Buffer.from('x')])
      assert.equal(hasFeatureShape(rowWith('human_input_request', value), COLUMNS), true, String(value));
  });
});
