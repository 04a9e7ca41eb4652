import { groupedDigits } from '../../core/system/index.js';
import type { CurvePoint } from './curve.js';
import { html, type Html } from './html.js';
import { day, minute, timeElement } from './times.js';

const WIDTH = 240;
const HEIGHT = 56;
/** A line at the edge would be cut off. */
const MARGIN = 2;

type Sample = readonly [atMs: number, count: number];

/** The backlog over time: a line for all features, an area for passing ones. Undefined unless the times differ. */
export function sparkline(points: readonly CurvePoint[]): Html | undefined {
  const [first] = points;
  const last = points.at(-1);
  if (first === undefined || last === undefined || first.atMs === last.atMs) return undefined;
  const features = points.map(({ atMs, features: count }): Sample => [atMs, count]);
  const passing = points.flatMap(({ atMs, passing: count }): Sample[] => (count === undefined ? [] : [[atMs, count]]));
  const [from, to] = [new Date(first.atMs), new Date(last.atMs)];
  const format = day(from) === day(to) ? minute : day;
  const name = `Curve ${rangeOf(features)} features${passing.length === 0 ? '' : `, ${rangeOf(passing)} passing`}`;
  const top = Math.max(1, ...features.map(([, count]) => count));
  const placeOf = ([atMs, count]: Sample): Place => ({
    x: rounded(((atMs - first.atMs) / (last.atMs - first.atMs)) * WIDTH),
    y: rounded(HEIGHT - MARGIN - (count / top) * (HEIGHT - 2 * MARGIN)),
  });
  return html`<figure>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="${name}, ${format(from)} to ${format(to)}"
    >
      ${area(passing.map(placeOf))}
      <path class="features" d="${line(features.map(placeOf))}" />
    </svg>
    <figcaption>${timeElement(from, format)}${timeElement(to, format)}</figcaption>
  </figure>`;
}

interface Place {
  readonly x: number;
  readonly y: number;
}

function area(places: readonly Place[]): Html | undefined {
  const [first] = places;
  const last = places.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return html`<path class="area" d="${line(places)}L${last.x} ${HEIGHT}L${first.x} ${HEIGHT}z" />
    <path class="passing" d="${line(places)}" />`;
}

function line(places: readonly Place[]): string {
  return places.map(({ x, y }, index) => `${index === 0 ? 'M' : 'L'}${x} ${y}`).join('');
}

/** "from 500 to 598". */
function rangeOf(samples: readonly Sample[]): string {
  const ends = [samples[0], samples.at(-1)].map((sample) => groupedDigits(sample?.[1] ?? 0));
  return `from ${ends.join(' to ')}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}
