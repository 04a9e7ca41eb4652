import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { parseSchedule, type Schedule } from '../../../core/schedule/schedule.js';

describe('a schedule', () => {
  const ownZone = process.env.TZ;

  afterEach(() => {
    if (ownZone === undefined) delete process.env.TZ;
    else process.env.TZ = ownZone;
  });

  const scheduleOf = (expression: string): Schedule => {
    const schedule = parseSchedule(expression, 'schedule.backup');
    assert.ok(schedule);
    return schedule;
  };
  /** All due times in a span, found by a check every minute. */
  const seenBetween = (schedule: Schedule, from: string, to: string): readonly string[] => {
    const seen: string[] = [];
    let since = new Date(from);
    for (let nowMs = since.getTime(); nowMs <= Date.parse(to); nowMs += 60_000) {
      const due = schedule.newestDueBetween(since, new Date(nowMs));
      if (due === undefined) continue;
      since = due;
      seen.push(due.toISOString().slice(0, 16));
    }
    return seen;
  };
  const at = (iso: string): Date => new Date(iso);

  it('is undefined for an empty expression', () => {
    assert.equal(parseSchedule('', 'schedule.drill'), undefined);
    assert.equal(parseSchedule('  ', 'schedule.drill'), undefined);
  });

  for (const wrong of [
    'every day',
    '* * * *',
    '0 0 * * * *',
    '61 * * * *',
    '*/0 * * * *',
    '0 0 30 2 *',
    '? * * * *',
    '@reboot',
    '99999999999999999999 * * * *',
    `${'1,'.repeat(500)}1 * * * *`,
  ]) {
    it(`refuses ${JSON.stringify(wrong.slice(0, 40))} and names the key and the expression`, () => {
      assert.throws(
        () => parseSchedule(wrong, 'schedule.drill'),
        (error: unknown) =>
          error instanceof BackupError &&
          error.code === 'configuration' &&
          error.message.startsWith(`schedule.drill: "${wrong.slice(0, 40)}`),
      );
    });
  }

  it('accepts names, lists, steps, the last day and nicknames', () => {
    process.env.TZ = 'UTC';
    const since = at('2026-01-25T14:46:00Z');
    const next = (expression: string): string => scheduleOf(expression).nextAfter(since).toISOString().slice(0, 16);
    assert.equal(next('0 3 * * SUN'), '2026-02-01T03:00');
    assert.equal(next('0 3 * * 7'), '2026-02-01T03:00');
    assert.equal(next('*/20 8-18 * * 1-5'), '2026-01-26T08:00');
    assert.equal(next('0 0 L * *'), '2026-01-31T00:00');
    assert.equal(next('@daily'), '2026-01-26T00:00');
    assert.equal(next('0 0 29 2 *'), '2028-02-29T00:00');
  });

  it('uses local time', () => {
    for (const [zone, due] of [
      ['UTC', '2026-01-26T03:00'],
      ['Europe/Berlin', '2026-01-26T02:00'],
      ['America/New_York', '2026-01-25T08:00'],
      ['Asia/Kolkata', '2026-01-25T21:30'],
    ] as const) {
      process.env.TZ = zone;
      const next = scheduleOf('0 3 * * *').nextAfter(at('2026-01-25T07:00:00Z'));
      assert.equal(next.toISOString().slice(0, 16), due, zone);
    }
  });

  it('finds the newest missed due time, if any', () => {
    process.env.TZ = 'UTC';
    const hourly = scheduleOf('0 * * * *');
    assert.equal(
      hourly.newestDueBetween(at('2026-01-25T10:00:00Z'), at('2026-01-25T14:59:59Z'))?.toISOString(),
      '2026-01-25T14:00:00.000Z',
    );
    assert.equal(hourly.newestDueBetween(at('2026-01-25T14:00:00Z'), at('2026-01-25T14:59:59Z')), undefined);
    assert.equal(
      hourly.newestDueBetween(at('2026-01-25T14:00:00Z'), at('2026-01-25T15:00:00Z'))?.toISOString(),
      '2026-01-25T15:00:00.000Z',
    );
  });

  it('finds it after a year of due minutes and after a year with few due times', () => {
    process.env.TZ = 'Europe/Berlin';
    for (const [expression, newest] of [
      ['* * * * *', '2026-12-31T23:59'],
      ['* 12 24 12 *', '2026-12-24T11:59'],
      ['*/7 5 1 1 *', '2026-01-01T04:56'],
    ] as const) {
      const due = scheduleOf(expression).newestDueBetween(at('2026-01-01T00:00:00Z'), at('2026-12-31T23:59:30Z'));
      assert.equal(due?.toISOString().slice(0, 16), newest, expression);
    }
  });

  it('finds the same due time as a search through all of them', () => {
    process.env.TZ = 'Europe/Berlin';
    for (const expression of ['13 */5 * * *', '*/45 2-4 * * 0', '0,1,59 0 1,31 * *']) {
      const schedule = scheduleOf(expression);
      const since = at('2026-05-01T00:00:00Z');
      let expected: string | undefined;
      for (let hour = 0; hour < 24 * 40; hour += 7) {
        const now = new Date(since.getTime() + hour * 3_600_000);
        for (let due = schedule.nextAfter(since); due <= now; due = schedule.nextAfter(due))
          expected = due.toISOString();
        assert.equal(
          schedule.newestDueBetween(since, now)?.toISOString(),
          expected,
          `${expression} at ${now.toISOString()}`,
        );
      }
    }
  });

  for (const [zone, spring, autumn] of [
    ['Europe/Berlin', '2026-03-29', '2026-10-25'],
    ['America/New_York', '2026-03-08', '2026-11-01'],
    ['Australia/Lord_Howe', '2026-10-04', '2026-04-05'],
  ] as const) {
    it(`is due once a night in ${zone}, even if the clocks skip or repeat the hour`, () => {
      process.env.TZ = zone;
      for (const expression of ['0 2 * * *', '30 2 * * *', '30 1 * * *', '45 1 * * *']) {
        for (const day of [spring, autumn]) {
          const noon = Date.parse(`${day}T00:00:00Z`);
          const from = new Date(noon - 2 * 86_400_000);
          from.setHours(12, 0, 0, 0);
          const to = new Date(from);
          to.setDate(from.getDate() + 4);
          const seen = seenBetween(scheduleOf(expression), from.toISOString(), to.toISOString());
          assert.equal(seen.length, 4, `${expression} around ${day}: ${seen.join(' ')}`);
        }
      }
    });

    it(`never returns a due time twice when the clocks change in ${zone}`, () => {
      process.env.TZ = zone;
      for (const day of [spring, autumn]) {
        const noon = Date.parse(`${day}T00:00:00Z`);
        const [from, to] = [new Date(noon - 86_400_000).toISOString(), new Date(noon + 86_400_000).toISOString()];
        const seen = seenBetween(scheduleOf('*/30 * * * *'), from, to);
        assert.deepEqual(seen, [...new Set(seen)].toSorted(), day);
        assert.ok(seen.length >= 94, `${day}: ${seen.length}`);
      }
    });
  }
});
