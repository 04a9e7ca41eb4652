import type { CompressionPolicy } from '../../project/types.js';
import type { Backup } from '../types.js';

const DAY_MS = 86_400_000;

/** The plain backups that are old enough to be compressed, oldest first. Emergency backups stay as they are. */
export function dueForCompression(
  backups: readonly Backup[],
  { afterDays }: CompressionPolicy,
  now: Date,
): readonly Backup[] {
  if (afterDays <= 0) return [];
  const latestMs = now.getTime() - afterDays * DAY_MS;
  return backups
    .filter(({ kind, compressed, createdAt }) => kind === 'ordinary' && !compressed && createdAt.getTime() <= latestMs)
    .sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}
