/** ISO 8601 in local time with offset: `2026-01-25T14:46:00.123+01:00`. */
export function isoWithOffset(at: Date): string {
  const offsetMinutes = -at.getTimezoneOffset();
  const local = new Date(at.getTime() + offsetMinutes * 60_000).toISOString().slice(0, -1);
  const minutes = Math.abs(offsetMinutes);
  const hours = Math.floor(minutes / 60);
  return `${local}${offsetMinutes < 0 ? '-' : '+'}${twoDigits(hours)}:${twoDigits(Math.floor(minutes % 60))}`;
}

/** Undefined for an invalid time. A time without an offset, as Python writes it, is local. */
export function parseIsoTime(text: string): Date | undefined {
  if (!/^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/.test(text)) return undefined;
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? undefined : at;
}

function twoDigits(value: number): string {
  return value.toString().padStart(2, '0');
}
