import { l10n } from './l10n.js';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** "just now", "5 min ago", "3 h ago", "2 days ago", or "in the future". */
export function ago(then: Date, now: Date): string {
  const elapsedMs = now.getTime() - then.getTime();
  if (elapsedMs < -MINUTE_MS) return l10n.t('in the future');
  return elapsedMs < MINUTE_MS ? l10n.t('just now') : l10n.t('{0} ago', duration(elapsedMs));
}

/** "5 min", "3 h", "2 days"; at least a minute. */
export function duration(lengthMs: number): string {
  if (lengthMs < HOUR_MS) return l10n.t('{0} min', Math.max(1, Math.floor(lengthMs / MINUTE_MS)));
  if (lengthMs < DAY_MS) return l10n.t('{0} h', Math.floor(lengthMs / HOUR_MS));
  const days = Math.floor(lengthMs / DAY_MS);
  return days === 1 ? l10n.t('1 day') : l10n.t('{0} days', days);
}

/** "14:46", in the user's locale. */
export function timeOfDay(at: Date): string {
  return at.toLocaleTimeString(undefined, { hour: 'numeric', minute: '2-digit' });
}

/** "Sunday, 25 January 2026, 14:46:00", in the user's locale. */
export function fullTime(at: Date): string {
  return at.toLocaleString(undefined, { dateStyle: 'full', timeStyle: 'medium' });
}

/** "25 Jan 2026, 14:46:00", in the user's locale, for texts that stay on the screen. */
export function dateTime(at: Date): string {
  return at.toLocaleString(undefined, { dateStyle: 'medium', timeStyle: 'medium' });
}

/** "Today", "Yesterday" or the date. */
export function dayName(at: Date, now: Date): string {
  if (dayKey(at) === dayKey(now)) return l10n.t('Today');
  if (dayKey(at) === dayKey(dayBefore(now))) return l10n.t('Yesterday');
  return at.toLocaleDateString(undefined, { weekday: 'short', year: 'numeric', month: 'short', day: 'numeric' });
}

/** The local day, `2026-01-25`, for grouping and sorting. */
export function dayKey(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** Uses the calendar, because a day can have 23 or 25 hours. */
function dayBefore(at: Date): Date {
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() - 1);
}
