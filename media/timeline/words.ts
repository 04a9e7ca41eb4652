import type { TimelineData } from '../../extension/timeline/protocol.js';

/** Fills the `{0}` placeholders of a message. */
export function fill(message: string, ...values: readonly (string | number)[]): string {
  return message.replace(/\{(\d+)\}/g, (place, index: string) => String(values[Number(index)] ?? place));
}

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** Formats times in the language and time zone of the extension, which may differ from the browser's. */
export interface Clock {
  readonly timeZone: string | undefined;
  /** Labels of the time axis; the first on a day includes the day. */
  readonly ticks: (timesMs: readonly number[], stepMs: number) => string[];
  /** An end of the visible range, with a precision that suits its length. */
  readonly end: (atMs: number, lengthMs: number) => string;
}

export function clockOf({ locale, timeZone }: Pick<TimelineData, 'locale' | 'timeZone'>): Clock {
  const usableOptions = usable(locale, timeZone);
  const format = (options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat =>
    new Intl.DateTimeFormat(usableOptions.locale, { ...options, timeZone: usableOptions.timeZone });
  const day = format({ day: 'numeric', month: 'short' });
  const year = format({ day: 'numeric', month: 'short', year: 'numeric' });
  const minute = format({ timeStyle: 'short' });
  const second = format({ timeStyle: 'medium' });
  const ends = [format({ dateStyle: 'medium' }), format({ dateStyle: 'medium', timeStyle: 'short' })] as const;
  const precise = format({ dateStyle: 'medium', timeStyle: 'medium' });
  return {
    timeZone: usableOptions.timeZone,
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

/** Adds a second line to a label if it differs from that of the previous label. */
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

/** Falls back to the browser's defaults if it does not know the locale or time zone. */
function usable(locale: string, timeZone: string): { readonly locale?: string; readonly timeZone?: string } {
  try {
    new Intl.DateTimeFormat(locale, { timeZone });
    return { locale, timeZone };
  } catch {
    return {};
  }
}
