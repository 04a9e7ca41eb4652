import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isTime, parseTime } from '../../../cli/times.js';

describe('a time on the command line', () => {
  const local = (...parts: [number, number, number, number, number, number, number]): number =>
    new Date(...parts).getTime();

  for (const [text, expected] of [
    ['2026-01-25', local(2026, 0, 25, 23, 59, 59, 999)],
    ['2026-01-25 14:46', local(2026, 0, 25, 14, 46, 59, 999)],
    ['2026-01-25T14:46', local(2026, 0, 25, 14, 46, 59, 999)],
    [' 2026-01-25 14:46:05 ', local(2026, 0, 25, 14, 46, 5, 999)],
    ['2026-01-25 14:46:05.5', local(2026, 0, 25, 14, 46, 5, 500)],
    ['2026-01-25T14:46:05.123Z', Date.UTC(2026, 0, 25, 14, 46, 5, 123)],
    ['2026-01-25t14:46z', Date.UTC(2026, 0, 25, 14, 46, 59, 999)],
    ['2026-01-25T14:46:05.123456+01:00', Date.UTC(2026, 0, 25, 13, 46, 5, 123)],
    ['2026-01-25 14:46 -05:30', Date.UTC(2026, 0, 25, 20, 16, 59, 999)],
    ['2024-02-29', local(2024, 1, 29, 23, 59, 59, 999)],
  ] as const) {
    it(`${text} means its last millisecond`, () => {
      assert.equal(parseTime(text)?.getTime(), expected);
    });
  }

  for (const text of ['2026-02-31', '2026-13-01 10:00', '2026-01-25 25:00', '2026-01-25 10:61']) {
    it(`${text} is an invalid time`, () => {
      assert.ok(parseTime(text) !== undefined && !isTime(parseTime(text)));
    });
  }

  for (const text of ['HEAD~3', 'v1.2', '2026-01', 'release-2026-01-25', '20260125', '', '2026-01-25 14']) {
    it(`${JSON.stringify(text)} is not a time`, () => {
      assert.equal(parseTime(text), undefined);
    });
  }
});
