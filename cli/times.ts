/**
 * The end of a day, minute or second, in local time unless the text has an offset. The end, because people copy the
 * minute of a backup from a list and mean that backup. Undefined if the text has another form; an invalid date for
 * a date that does not exist, such as 2026-02-31.
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

/** JavaScript accepts 31 February as a day in March. */
function isDay(text: string): boolean {
  const at = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(at.getTime()) && at.toISOString().startsWith(text);
}
