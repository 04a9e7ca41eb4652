import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { selfContained } from '../../../core/restore/replacement.js';

describe('an image that is to need no log beside it', () => {
  const image = (written: number, read: number): Buffer => {
    const bytes = Buffer.alloc(512, 0x55);
    bytes[18] = written;
    bytes[19] = read;
    return bytes;
  };

  for (const [written, read] of [
    [2, 2],
    [2, 1],
    [1, 2],
  ] as const) {
    it(`is in rollback mode for who writes and who reads, and the given one stays as it is (${written}, ${read})`, () => {
      const given = image(written, read);
      assert.deepEqual(selfContained(given), image(1, 1));
      assert.deepEqual(given, image(written, read));
    });
  }

  it('is the given one where that is in rollback mode, or too short for a header', () => {
    for (const given of [image(1, 1), image(2, 2).subarray(0, 99)]) assert.equal(selfContained(given), given);
  });
});
