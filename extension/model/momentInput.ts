import { dayKey } from '../words/times.js';

/**
 * A moment as a person types it, local: `2026-01-25 14:46`, `2026-01-25 14:46:30`, `14:46` of today, or a whole day. A
 * day or a minute counts to its end, since that is how lists show them: what happened at 14:46:20 is there as of 14:46.
 * Undefined for anything else.
 */
export function parseMoment(text: string, now: Date): Date | undefined {
  const parts = partsOf(text.trim());
  if (parts === undefined) return undefined;
  const { year = now.getFullYear(), month = now.getMonth() + 1, day = now.getDate() } = parts;
  const { hour = 23, minute = 59, second = 59 } = parts;
  const moment = new Date(year, month - 1, day, hour, minute, second, 999);
  // 30 February, or 25 o'clock, would become another day. An hour that the clocks skip only becomes the next.
  const isThatDay = moment.getMonth() === month - 1 && moment.getDate() === day;
  return isThatDay && hour < 24 && minute < 60 && second < 60 ? moment : undefined;
}

interface Parts {
  readonly year?: number;
  readonly month?: number;
  readonly day?: number;
  readonly hour?: number;
  readonly minute?: number;
  readonly second?: number;
}

function partsOf(text: string): Parts | undefined {
  const groups = MOMENT.exec(text)?.groups;
  if (groups === undefined) return undefined;
  const given = Object.entries(groups).filter(([, digits]) => (digits as string | undefined) !== undefined);
  return given.length === 0 ? undefined : Object.fromEntries(given.map(([name, digits]) => [name, Number(digits)]));
}

const DAY = String.raw`(?<year>\d{4})-(?<month>\d\d?)-(?<day>\d\d?)`;
const TIME = String.raw`(?<hour>\d\d?):(?<minute>\d\d)(?::(?<second>\d\d))?`;
const MOMENT = new RegExp(`^(?:${DAY})?(?:(?:^|[T ]+)${TIME})?$`);

/** The moment as `parseMoment` takes it, to the minute. */
export function momentText(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${dayKey(at)} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const HOUR_MS = 60 * 60_000;

/** What is offered at first: an hour ago, but nothing older than the oldest state. */
export function offeredMoment(oldest: Date, now: Date): Date {
  return new Date(Math.max(oldest.getTime(), now.getTime() - HOUR_MS));
}
