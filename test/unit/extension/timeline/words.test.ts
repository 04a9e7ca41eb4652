import assert from 'node:assert/strict';
import { clockOf, fill } from '../../../../media/timeline/words.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const clock = clockOf({ locale: 'en-GB', timeZone: 'Asia/Tokyo' });
const start = Date.parse('2025-12-31T12:00:00Z'); // 21:00 in Tokyo

describe('the timeline’s times', () => {
  it('use the language and time zone of the extension, not of the browser', () => {
    assert.deepEqual(clock.ticks([start], HOUR_MS), ['21:00\n31 Dec']);
  });

  it('name the day where it changes, and the year below days', () => {
    assert.deepEqual(
      clock.ticks(
        [0, 2, 4, 6].map((hours) => start + hours * HOUR_MS),
        2 * HOUR_MS,
      ),
      ['21:00\n31 Dec', '23:00', '01:00\n1 Jan', '03:00'],
    );
    assert.deepEqual(clock.ticks([start, start + DAY_MS, start + 2 * DAY_MS], DAY_MS), [
      '31 Dec\n2025',
      '1 Jan\n2026',
      '2 Jan',
    ]);
  });

  it('show seconds only in short ranges', () => {
    assert.deepEqual(clock.ticks([start], 5000), ['21:00:00\n31 Dec']);
    assert.equal(clock.end(start, 30 * DAY_MS), '31 Dec 2025');
    assert.equal(clock.end(start, DAY_MS), '31 Dec 2025, 21:00');
    assert.equal(clock.end(start, 60_000), '31 Dec 2025, 21:00:00');
  });

  it('fall back to the browser’s time zone if the given one is unknown', () => {
    assert.doesNotThrow(() => clockOf({ locale: 'en', timeZone: 'Nowhere/Here' }).ticks([start], HOUR_MS));
  });
});

describe('messages with placeholders', () => {
  it('are filled with the value of each placeholder', () => {
    assert.equal(fill('{1} of {0}, {1}', 'b', 3), '3 of b, 3');
    assert.equal(fill('{2} stays', 'a'), '{2} stays');
  });
});
