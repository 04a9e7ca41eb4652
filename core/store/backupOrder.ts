import type { Backup } from './types.js';

/**
 * Newest first. The order of two backups depends on nothing but those two, so that it is the same in a whole store and
 * in any part of it. Sequence numbers are times that never run backwards, so they compare with the times of backups
 * that have none (the original Python tool's).
 */
export function newestFirst(one: Backup, other: Backup): number {
  return (
    orderOf(other) - orderOf(one) ||
    other.createdAt.getTime() - one.createdAt.getTime() ||
    (one.id < other.id ? 1 : one.id > other.id ? -1 : 0)
  );
}

/** The sequence number for a backup made now, after all of these. */
export function nextSequence(backups: readonly Backup[], now: Date): number {
  return backups.reduce((highest, backup) => Math.max(highest, orderOf(backup) + 1), now.getTime());
}

/** What the order goes by: the sequence number, or the time where there is none. */
export function orderOf(backup: Backup): number {
  return backup.metadata?.sequence ?? backup.createdAt.getTime();
}
