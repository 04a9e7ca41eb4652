import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { isoWithOffset, parseIsoTime } from '../../../core/store/isoTime.js';

describe('ISO time', () => {
  const { TZ } = process.env;
  afterEach(() => {
    if (TZ === undefined) delete process.env.TZ;
    else process.env.TZ = TZ;
  });

  for (const [zone, text] of [
    ['UTC', '2026-01-25T13:46:00.123+00:00'],
    ['Europe/Berlin', '2026-01-25T14:46:00.123+01:00'],
    ['Asia/Kolkata', '2026-01-25T19:16:00.123+05:30'],
    ['America/St_Johns', '2026-01-25T10:16:00.123-03:30'],
    ['America/New_York', '2026-01-25T08:46:00.123-05:00'],
  ] as const) {
    it(`is local with the offset of ${zone}, and parses to the same time`, () => {
      process.env.TZ = zone;
      const at = new Date(Date.UTC(2026, 0, 25, 13, 46, 0, 123));
      assert.equal(isoWithOffset(at), text);
      assert.deepEqual(parseIsoTime(text), at);
    });
  }

  it('is undefined for an invalid text', () => {
    for (const text of ['', 'x', 'on 2026-01-25 14:46', '2026-01-25', '2026-13-25T14:46', '26-01-25T14:46']) {
      assert.equal(parseIsoTime(text), undefined, text);
    }
    assert.ok(parseIsoTime('2026-01-25 14:46'));
  });
});
