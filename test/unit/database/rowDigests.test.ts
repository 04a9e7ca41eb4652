import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { differingRows, digestCount, RowDigests } from '../../../core/database/rowDigests.js';

describe('digests of rows', () => {
  const digestsOf = (rows: readonly string[]): Uint8Array => {
    const digests = new RowDigests();
    for (const row of rows) digests.add(row);
    return digests.finish();
  };
  const row = (id: number, text = 'same') =>
    `integer:${Buffer.from(id.toString()).toString('hex').toUpperCase()}|text:${text}`;

  it('return the ids of differing rows up to a limit', () => {
    const rows = Array.from({ length: 3000 }, (_, index) => row(index + 1));
    const changed = rows.map((text, index) => (index % 1000 === 7 ? row(index + 1, 'other') : text));
    assert.equal(digestCount(digestsOf(rows)), 3000);
    assert.deepEqual(differingRows(digestsOf(rows), digestsOf(rows), 10), []);
    assert.deepEqual(differingRows(digestsOf(rows), digestsOf(changed), 10), [8, 1008, 2008]);
    assert.deepEqual(differingRows(digestsOf(rows), digestsOf(changed), 2), [8, 1008]);
  });

  it('differ if only the id differs, or if rows are reordered', () => {
    assert.deepEqual(differingRows(digestsOf([row(1), row(2)]), digestsOf([row(2), row(1)]), 10), [1, 2]);
    assert.deepEqual(differingRows(digestsOf(['text:61']), digestsOf(['text:62']), 10), [-1]);
  });

  it('are equal after a transfer between threads', () => {
    const digests = digestsOf([row(1), row(2)]);
    assert.deepEqual(differingRows(digests, new Uint8Array(digests), 10), []);
  });
});
