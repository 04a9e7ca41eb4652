import assert from 'node:assert/strict';
import { readVarint } from '../../../core/database/pages/varint.js';

describe('a variable-length number', () => {
  it('has one to nine bytes', () => {
    assert.deepEqual(readVarint(Uint8Array.of(0x7f), 0), { value: 127, length: 1 });
    assert.deepEqual(readVarint(Uint8Array.of(0, 0x81, 0x00), 1), { value: 128, length: 2 });
    assert.deepEqual(readVarint(Uint8Array.of(...Array<number>(8).fill(0xff), 0xff), 0), { value: -1, length: 9 });
    // The smallest number that takes nine bytes.
    assert.deepEqual(readVarint(Uint8Array.of(0x81, ...Array<number>(7).fill(0x80), 5), 0), {
      value: 2 ** 57,
      length: 9,
    });
  });

  it('is undefined if truncated', () => {
    assert.equal(readVarint(Uint8Array.of(0x81), 0), undefined);
    assert.equal(readVarint(Uint8Array.of(...Array<number>(8).fill(0x81)), 0), undefined);
    assert.equal(readVarint(Uint8Array.of(), 0), undefined);
  });
});
