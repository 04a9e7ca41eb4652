import type { TimelineRange } from '../../extension/timeline/protocol.js';

const MINUTE_MS = 60_000;
/** Closer than this there is nothing more to see: backups are told apart by the second. */
const NARROWEST_MS = 10_000;
/** Free space beside the first and last backup, as a part of the time between them. */
const MARGIN = 0.03;
/** Around a single backup, or several of one moment. */
const LONE_MARGIN_MS = 30 * MINUTE_MS;

/** All of these times (in order) with some space at both sides; undefined where there are none. */
export function fullRange(timesMs: readonly number[]): TimelineRange | undefined {
  const first = timesMs.at(0);
  const last = timesMs.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const margin = last - first < MINUTE_MS ? LONE_MARGIN_MS : (last - first) * MARGIN;
  return { minMs: first - margin, maxMs: last + margin };
}

/** `range` widened (`factor` above 1) or narrowed around a moment; undefined where that shows all. */
export function zoomed(
  range: TimelineRange,
  full: TimelineRange,
  factor: number,
  aroundMs: number,
): TimelineRange | undefined {
  const length = range.maxMs - range.minMs;
  const wanted = Math.max(NARROWEST_MS, length * factor);
  // The moment stays where it is on the screen.
  const left = length === 0 ? 0.5 : (aroundMs - range.minMs) / length;
  return within({ minMs: aroundMs - wanted * left, maxMs: aroundMs + wanted * (1 - left) }, full);
}

/** The range from one end of a drag to the other, whichever came first. */
export function dragged(oneMs: number, otherMs: number, full: TimelineRange): TimelineRange | undefined {
  const range = { minMs: Math.min(oneMs, otherMs), maxMs: Math.max(oneMs, otherMs) };
  const missing = NARROWEST_MS - (range.maxMs - range.minMs);
  if (missing <= 0) return within(range, full);
  return within({ minMs: range.minMs - missing / 2, maxMs: range.maxMs + missing / 2 }, full);
}

/** `range` moved just as far as it takes to have the moment in it, with some space beside it. */
export function panned(range: TimelineRange, full: TimelineRange, toMs: number): TimelineRange | undefined {
  const space = (range.maxMs - range.minMs) * 0.1;
  const shift = toMs < range.minMs ? toMs - space - range.minMs : toMs > range.maxMs ? toMs + space - range.maxMs : 0;
  return within({ minMs: range.minMs + shift, maxMs: range.maxMs + shift }, full);
}

/** Moved into `full` without changing its length; undefined where it is no part of it. */
export function within(range: TimelineRange, full: TimelineRange): TimelineRange | undefined {
  const length = range.maxMs - range.minMs;
  // Zooming in and out again may lack a hair of it.
  if (length >= (full.maxMs - full.minMs) * 0.999) return undefined;
  const minMs = Math.min(Math.max(range.minMs, full.minMs), full.maxMs - length);
  return { minMs, maxMs: minMs + length };
}

/** The index `by` steps on; where none is current yet the newest, or the end that is asked for. */
export function stepped(current: number | undefined, by: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (current === undefined) return by === -Infinity ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, current + by));
}

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** The index of the place nearest to the pointer, where one is near enough. Across counts more than up and down. */
export function nearest(places: readonly Place[], pointer: Place, reach: number): number | undefined {
  let found: number | undefined;
  let least = Infinity;
  places.forEach((place, index) => {
    const across = Math.abs(place.x - pointer.x);
    if (across > reach) return;
    const distance = across + Math.abs(place.y - pointer.y) / 20;
    // The later one lies on top.
    if (distance > least) return;
    least = distance;
    found = index;
  });
  return found;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** Where a card beside a point lies within its host: right of it, else left, else below or above; never over it. */
export function cardPlace(point: Place, card: Size, host: Size): { readonly left: number; readonly top: number } {
  const [right, left] = [point.x + CARD_GAP, point.x - CARD_GAP - card.width];
  const highest = (top: number): number => clamp(top, 0, host.height - card.height);
  if (right + card.width <= host.width) return { left: right, top: highest(point.y - card.height / 2) };
  if (left >= 0) return { left, top: highest(point.y - card.height / 2) };
  const below = point.y + CARD_GAP;
  const isBelow = below + card.height <= host.height || point.y < host.height / 2;
  return {
    left: clamp(point.x - card.width / 2, 0, host.width - card.width),
    top: highest(isBelow ? below : point.y - CARD_GAP - card.height),
  };
}

const CARD_GAP = 16;

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}

/** Selects or unselects a backup; of two that are selected the older choice gives way to a third. */
export function toggled(selected: readonly string[], id: string): readonly string[] {
  return selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id].slice(-2);
}

/** The top of the scale for so many features: a little room above, never none. */
export function topOf(counts: readonly (number | null)[]): number {
  const most = counts.reduce<number>((top, count) => Math.max(top, count ?? 0), 0);
  return most === 0 ? 1 : most * 1.08;
}
