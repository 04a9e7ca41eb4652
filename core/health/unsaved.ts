import { parseIsoTime, type Backup } from '../store/index.js';
import type { ProjectSummary } from './projectSummary.js';

const DAY_MS = 24 * 3_600_000;

/** A tap or a watcher backs up within moments of a write; until then it is not late. */
const GRACE_MS = 5 * 60_000;

/**
 * How long ago the live database was last known to be what its newest backup holds: what a restore would lose reaches back
 * no farther. 0 where the newest backup holds it now, and in the first minutes after a write; undefined where there is no
 * backup, or no telling.
 */
export function unsavedMs({ live, newest }: ProjectSummary, now: Date): number | undefined {
  if (live === undefined || newest === undefined) return undefined;
  if (!live.changed) return 0;
  const writtenAgoMs = live.writtenAt === undefined ? undefined : now.getTime() - live.writtenAt.getTime();
  if (writtenAgoMs !== undefined && writtenAgoMs >= 0 && writtenAgoMs < GRACE_MS) return 0;
  const savedAgoMs = now.getTime() - lastSeen(newest).getTime();
  // Made by a clock that ran days ahead, a backup says nothing about when.
  return savedAgoMs < -DAY_MS ? writtenAgoMs : Math.max(0, savedAgoMs);
}

/** When the live database was last known to be what this backup holds. */
export function lastSeen({ createdAt, metadata }: Backup): Date {
  const event = parseIsoTime(metadata?.events.at(-1)?.at ?? '');
  return event !== undefined && event > createdAt ? event : createdAt;
}
