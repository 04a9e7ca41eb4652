import type { TimelineData } from '../../extension/timeline/protocol.js';

/** A message with its `{0}` places filled. */
export function fill(message: string, ...values: readonly (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Times as the extension words them: in its language and its time zone, which may not be the browser's. */
export interface Clock {
  readonly timeZone: string | undefined;
  /** A tick of the time axis; the first on a day tells the day as well. */
  readonly ticks: (timesMs: readonly number[], stepMs: number) => string[];
  /** An end of the range that is shown, as exactly as its length asks for. */
  readonly end: (atMs: number, lengthMs: number) => string;
}

export function clockOf({ locale, timeZone }: Pick<TimelineData, 'locale' | 'timeZone'>): Clock {
  const place = usable(locale, timeZone);
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(place.locale, { ...options, timeZone: place.timeZone });
  const day = format({ day: 'numeric', month: 'short' });
  const year = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const minute = format({ timeStyle: 'short' });
  const second = format({ timeStyle: 'medium' });
  const ends = [format({ dateStyle: 'medium' }), format({ dateStyle: 'medium', timeStyle: 'short' })] as const;
  const precise = format({ dateStyle: 'medium', timeStyle: 'medium' });
  return {
    timeZone: place.timeZone,
    ticks: (timesMs, stepMs) => {
      if (stepMs >= DAY_MS)
        return withLine(
          timesMs,
          (at) => day.format(at),
          (at) => yearOf(year, at),
        );
      const time = stepMs >= MINUTE_MS ? minute : second;
      return withLine(
        timesMs,
        (at) => time.format(at),
        (at) => day.format(at),
      );
    },
    end: (atMs, lengthMs) =>
      (lengthMs >= 7 * DAY_MS ? ends[0] : lengthMs >= 10 * MINUTE_MS ? ends[1] : precise).format(atMs),
  };
}

/** Below a tick, what has changed since the tick before it. */
function withLine(
  timesMs: readonly number[],
  above: (atMs: number) => string,
  below: (atMs: number) => string,
): string[] {
  let last = '';
  return timesMs.map((atMs) => {
    const line = below(atMs);
    const label = line === last ? above(atMs) : `${above(atMs)}\n${line}`;
    last = line;
    return label;
  });
}

function yearOf(format: Intl.DateTimeFormat, atMs: number): string {
  return format.formatToParts(atMs).find(({ type }) => type === 'year')?.value ?? '';
}

/** A browser may know neither of the names; then its own are better than none. */
function usable(locale: string, timeZone: string): { readonly locale?: string; readonly timeZone?: string } {
  try {
    new Intl.DateTimeFormat(locale, { timeZone });
    return { locale, timeZone };
  } catch {
    return {};
  }
}
