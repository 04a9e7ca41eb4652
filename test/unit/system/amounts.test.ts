import assert from 'node:assert/strict';
import { countInWords, sizeInWords } from '../../../core/system/amounts.js';

describe('amounts in words', () => {
  it('include a count and a noun', () => {
    const counts = [0, 1, 1234, 1234567].map((number) => countInWords(number, 'backup'));
    assert.deepEqual(counts, ['0 backups', '1 backup', '1,234 backups', '1,234,567 backups']);
    assert.deepEqual(
      [1, 2].map((number) => countInWords(number, 'copy', 'copies')),
      ['1 copy', '2 copies'],
    );
  });

  it('round sizes to readable numbers', () => {
    const sizes: readonly (readonly [number, string])[] = [
      [0, '0 B'],
      [999, '999 B'],
      [1000, '1.0 kB'],
      [409_600, '410 kB'],
      [999_499, '999 kB'],
      [999_500, '1.0 MB'],
      [2e9, '2.0 GB'],
    ];
    for (const [bytes, text] of sizes) assert.equal(sizeInWords(bytes), text);
  });
});
