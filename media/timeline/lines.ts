import type { TimelinePoint } from '../../extension/timeline/protocol.js';

type Counts = (number | null)[];

/** Columns for uPlot: the times, and the features and passing that the two lines lead through. */
export function linesThrough(points: readonly TimelinePoint[]): [timesMs: number[], features: Counts, passing: Counts] {
  const counted = (point: TimelinePoint, count: number | null): number | null => (isOnLine(point) ? count : null);
  return [
    points.map(({ atMs }) => atMs),
    points.map((point) => counted(point, point.features)),
    points.map((point) => counted(point, point.passing)),
  ];
}

/** Emergency backups hold what a restore has just done away with, and what a damaged one says cannot be trusted. */
export function isOnLine({ kind, condition }: TimelinePoint): boolean {
  return kind === 'ordinary' && condition !== 'damaged';
}
