import type { BigIntStats } from 'node:fs';
import type { FileSystem } from '../ports.js';
import { isShortRun } from '../shortRun.js';
import type { BackupMetadata } from './types.js';

interface Remembered {
  readonly stats: BigIntStats;
  readonly metadata: BackupMetadata | undefined;
}

/**
 * What a metadata file says, read anew only where it is not the file any more that was read before: a watcher, a tap or
 * an editor lists the same store again and again. Metadata is only ever replaced by another file, so a new version has
 * another inode or time; a file as young as the clock's own step is not remembered.
 */
export function rememberedMetadata(
  path: string,
  files: FileSystem,
  readAnew: () => BackupMetadata | undefined,
): BackupMetadata | undefined {
  if (isShortRun()) return readAnew();
  // Before it is read: replaced in between, it is another file at the next look.
  const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  const known = MEMORY.get(path);
  if (known !== undefined && stats !== undefined && isSameVersion(known.stats, stats)) return known.metadata;
  const metadata = readAnew();
  if (stats !== undefined && isSettled(stats)) remember(path, { stats, metadata });
  else MEMORY.delete(path);
  return metadata;
}

const MEMORY = new Map<string, Remembered>();
/** A few megabytes. Stores that are larger than this are read anew. */
const MAX_REMEMBERED = 4096;

function remember(path: string, remembered: Remembered): void {
  if (MEMORY.size >= MAX_REMEMBERED && !MEMORY.has(path)) MEMORY.clear();
  MEMORY.set(path, remembered);
}

function isSameVersion(one: BigIntStats, other: BigIntStats): boolean {
  return (
    one.ino === other.ino &&
    one.dev === other.dev &&
    one.size === other.size &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs
  );
}

/** Whether a later change would have another time: clocks of files go in steps, of seconds where they know no parts. */
function isSettled({ ctimeNs }: BigIntStats): boolean {
  const stepNs = ctimeNs % 1_000_000_000n === 0n ? 2_000_000_000n : 50_000_000n;
  return BigInt(Date.now()) * 1_000_000n - ctimeNs > stepNs;
}
