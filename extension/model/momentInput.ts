import { dayKey } from '../words/times.js';

/**
 * A local time as the user types it: `2026-01-25 14:46`, `2026-01-25 14:46:30`, `14:46` (today), or a whole day. A day or
 * minute includes everything up to its end, because lists show times in minutes. Undefined for anything else.
 */
export function parseMoment(text: string, now: Date): Date | undefined {
  const parts = partsOf(text.trim());
  if (parts === undefined) return undefined;
  const { year = now.getFullYear(), month = now.getMonth() + 1, day = now.getDate() } = parts;
  const { hour = 23, minute = 59, second = 59 } = parts;
  const moment = new Date(year, month - 1, day, hour, minute, second, 999);
  // Date turns 30 February into another day. An hour that a clock change skips becomes the next one.
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

/** The inverse of `parseMoment`, to the minute. */
export function momentText(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${dayKey(at)} ${two(at.getHours())}:${two(at.getMinutes())}`;
}

const HOUR_MS = 60 * 60_000;

/** The suggested time: an hour ago, but not before the oldest state. */
export function suggestedMoment(oldest: Date, now: Date): Date {
  return new Date(Math.max(oldest.getTime(), now.getTime() - HOUR_MS));
}
