import type { TimelinePoint } from '../../extension/timeline/protocol.js';

type Counts = (number | null)[];

/** Columns for uPlot. */
export function linesThrough(points: readonly TimelinePoint[]): [timesMs: number[], features: Counts, passing: Counts] {
  const counted = (point: TimelinePoint, count: number | null): number | null => (isOnLine(point) ? count : null);
  return [
    points.map(({ atMs }) => atMs),
    points.map((point) => counted(point, point.features)),
    points.map((point) => counted(point, point.passing)),
  ];
}

/** A restore replaces the content of an emergency backup, and counts of a damaged backup are unreliable. */
export function isOnLine({ kind, condition }: TimelinePoint): boolean {
  return kind === 'ordinary' && condition !== 'damaged';
}
