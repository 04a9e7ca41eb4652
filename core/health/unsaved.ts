import { parseIsoTime, type Backup } from '../store/index.js';
import type { ProjectSummary } from './projectSummary.js';

const DAY_MS = 24 * 3_600_000;

/** Taps and watchers back up shortly after a write, so a backup is not late before that. */
const GRACE_MS = 5 * 60_000;

/**
 * The age of the last moment at which the newest backup matched the live database: a restore loses at most the work
 * since then. 0 if they match now, and in the first minutes after a write; undefined if unknown.
 */
export function unsavedMs({ live, newest }: ProjectSummary, now: Date): number | undefined {
  if (live === undefined || newest === undefined) return undefined;
  if (!live.changed) return 0;
  const writtenAgoMs = live.writtenAt === undefined ? undefined : now.getTime() - live.writtenAt.getTime();
  if (writtenAgoMs !== undefined && writtenAgoMs >= 0 && writtenAgoMs < GRACE_MS) return 0;
  const savedAgoMs = now.getTime() - lastSeen(newest).getTime();
  // The clock was wrong when a backup from the future was made, so its time is useless.
  return savedAgoMs < -DAY_MS ? writtenAgoMs : Math.max(0, savedAgoMs);
}

/**
 * When the changes will have been unsaved for this long, if nothing is written or backed up until then. Undefined if
 * there are no unsaved changes, or if their age is unknown.
 */
export function overdueAt({ live, newest }: ProjectSummary, limitMs: number): Date | undefined {
  if (live?.changed !== true || newest === undefined) return undefined;
  const graceEndsMs = (live.writtenAt?.getTime() ?? -Infinity) + GRACE_MS;
  return new Date(Math.max(graceEndsMs, lastSeen(newest).getTime() + limitMs));
}

/** The last time at which this backup was known to match the live database. */
export function lastSeen({ createdAt, metadata }: Backup): Date {
  const event = parseIsoTime(metadata?.events.at(-1)?.at ?? '');
  return event !== undefined && event > createdAt ? event : createdAt;
}
