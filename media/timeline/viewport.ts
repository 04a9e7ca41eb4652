import type { TimelineRange } from '../../extension/timeline/protocol.js';

const MINUTE_MS = 60_000;
/** Times of backups have a resolution of one second, so a smaller range shows nothing more. */
const NARROWEST_MS = 10_000;
/** Margin beside the first and last backup, as a fraction of the time between them. */
const MARGIN = 0.03;
/** Margin around a single backup, or several at the same time. */
const LONE_MARGIN_MS = 30 * MINUTE_MS;

/** The range of these sorted times with a margin; undefined without times. */
export function fullRange(timesMs: readonly number[]): TimelineRange | undefined {
  const first = timesMs.at(0);
  const last = timesMs.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const margin = last - first < MINUTE_MS ? LONE_MARGIN_MS : (last - first) * MARGIN;
  return { minMs: first - margin, maxMs: last + margin };
}

/** `range` scaled by `factor` around a time; undefined if it covers everything. */
export function zoomed(
  range: TimelineRange,
  full: TimelineRange,
  factor: number,
  aroundMs: number,
): TimelineRange | undefined {
  const length = range.maxMs - range.minMs;
  const newLength = Math.max(NARROWEST_MS, length * factor);
  // The time keeps its position on the screen.
  const left = length === 0 ? 0.5 : (aroundMs - range.minMs) / length;
  return clampRange({ minMs: aroundMs - newLength * left, maxMs: aroundMs + newLength * (1 - left) }, full);
}

/** The range of a drag in either direction. */
export function dragged(startMs: number, endMs: number, full: TimelineRange): TimelineRange | undefined {
  const range = { minMs: Math.min(startMs, endMs), maxMs: Math.max(startMs, endMs) };
  const missing = NARROWEST_MS - (range.maxMs - range.minMs);
  if (missing <= 0) return clampRange(range, full);
  return clampRange({ minMs: range.minMs - missing / 2, maxMs: range.maxMs + missing / 2 }, full);
}

/** `range` moved just far enough to include a time, with a margin. */
export function panned(range: TimelineRange, full: TimelineRange, toMs: number): TimelineRange | undefined {
  const space = (range.maxMs - range.minMs) * 0.1;
  const shift = toMs < range.minMs ? toMs - space - range.minMs : toMs > range.maxMs ? toMs + space - range.maxMs : 0;
  return clampRange({ minMs: range.minMs + shift, maxMs: range.maxMs + shift }, full);
}

/** `range` moved into `full` without changing its length; undefined if it covers all of it. */
export function clampRange(range: TimelineRange, full: TimelineRange): TimelineRange | undefined {
  const length = range.maxMs - range.minMs;
  // Zooming in and out leaves a rounding error.
  if (length >= (full.maxMs - full.minMs) * 0.999) return undefined;
  const minMs = Math.min(Math.max(range.minMs, full.minMs), full.maxMs - length);
  return { minMs, maxMs: minMs + length };
}

/** The index after `by` steps; without a current point the newest, or the requested end. */
export function stepped(current: number | undefined, by: number, count: number): number | undefined {
  if (count === 0) return undefined;
  if (current === undefined) return by === -Infinity ? 0 : count - 1;
  return Math.min(count - 1, Math.max(0, current + by));
}

export interface Position {
  readonly x: number;
  readonly y: number;
}

/** The index of the nearest position within reach. Horizontal distance counts more than vertical. */
export function nearest(positions: readonly Position[], pointer: Position, reach: number): number | undefined {
  let found: number | undefined;
  let shortest = Infinity;
  positions.forEach((position, index) => {
    const across = Math.abs(position.x - pointer.x);
    if (across > reach) return;
    const distance = across + Math.abs(position.y - pointer.y) / 20;
    // Later points are drawn on top.
    if (distance > shortest) return;
    shortest = distance;
    found = index;
  });
  return found;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The position of a card within its host: right of the point, or else left, below or above it. */
export function cardPosition(point: Position, card: Size, host: Size): { readonly left: number; readonly top: number } {
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

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(value, max));
}

/** Selects or unselects a backup; a third selection replaces the older of two. */
export function toggled(selected: readonly string[], id: string): readonly string[] {
  return selected.includes(id) ? selected.filter((other) => other !== id) : [...selected, id].slice(-2);
}

/** The top of the scale, with some room above the highest count. */
export function topOf(counts: readonly (number | null)[]): number {
  const max = counts.reduce<number>((top, count) => Math.max(top, count ?? 0), 0);
  return max === 0 ? 1 : max * 1.08;
}
