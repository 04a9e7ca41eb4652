import type { CompressionPolicy } from '../../project/index.js';
import type { Backup } from '../../store/index.js';

const DAY_MS = 86_400_000;

/**
 * The plain backups that are old enough to be compressed, oldest first. Emergency backups stay as they are, and so do
 * backups with unknown metadata: nothing tells what they should contain.
 */
export function dueForCompression(
  backups: readonly Backup[],
  { afterDays }: CompressionPolicy,
  now: Date,
): readonly Backup[] {
  if (afterDays <= 0) return [];
  const latestMs = now.getTime() - afterDays * DAY_MS;
  return backups
    .filter(
      ({ kind, compressed, metadataProblem }) => kind === 'ordinary' && !compressed && metadataProblem === undefined,
    )
    .filter(({ createdAt }) => createdAt.getTime() <= latestMs)
    .sort((one, other) => one.createdAt.getTime() - other.createdAt.getTime());
}
