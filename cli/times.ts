/**
 * The end of the day, minute or second that a text names, in local time unless it says otherwise; undefined for what has
 * no such form, and an invalid date for what has it and is no time: 2026-02-31. The end, because people read the minute
 * of a backup in a list, and mean that backup.
 */
export function parseTime(text: string): Date | undefined {
  const [, day = '', clock, seconds, fraction, offset = ''] = TIME.exec(text.trim()) ?? [];
  if (day === '') return undefined;
  if (!isDay(day)) return new Date(NaN);
  const end = clock === undefined ? '23:59:59.999' : `${clock}:${seconds ?? '59'}.${fraction?.padEnd(3, '0') ?? '999'}`;
  return new Date(`${day}T${end}${offset.toUpperCase()}`);
}

/** `2026-01-25`, `2026-01-25 14:46`, `2026-01-25T14:46:00.123+01:00`. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ T](\d\d:\d\d)(?::(\d\d)(?:[.,](\d{1,3})\d*)?)?\s?(Z|[+-]\d\d:\d\d)?)?$/i;

export function isTime(at: Date | undefined): at is Date {
  return at !== undefined && !Number.isNaN(at.getTime());
}

/** JavaScript takes 31 February for a day in March. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
