import type { BigIntStats } from 'node:fs';
import type { FileSystem } from '../system/index.js';
import { isSameVersion, toStamp, type FileStamp } from '../snapshot/index.js';
import type { MetadataReading } from './backup.js';

interface Remembered {
  readonly stamp: FileStamp;
  readonly reading: MetadataReading;
}

/**
 * Caches the metadata of a file until the file changes, as a watcher, a tap or an editor lists the same store again and
 * again. Metadata files are replaced, never edited, so each version has another inode or time. Files younger than the
 * resolution of the clock and errors are not cached. `reread` passes on the stats of the opened file.
 */
export function rememberedMetadata(
  path: string,
  files: FileSystem,
  reread: (onOpened: (stats: BigIntStats) => void) => MetadataReading,
): MetadataReading {
  const known = MEMORY.get(path);
  if (known !== undefined && isSameVersion(known.stamp, stampAt(path, files))) return known.reading;
  // From the open file: a process that lists the store only once needs no second stat.
  const stamps: FileStamp[] = [];
  const reading = reread((stats) => stamps.push(toStamp(stats)));
  forget(path);
  const [stamp] = stamps;
  if (stamp !== undefined && isOlderThanClockStep(stamp)) remember(path, { stamp, reading });
  return reading;
}

function stampAt(path: string, files: FileSystem): FileStamp | undefined {
  const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && toStamp(stats);
}

const MEMORY = new Map<string, Remembered>();
/** Measured in file sizes; the parsed values are several times larger. */
const MAX_REMEMBERED_BYTES = 4 * 1024 * 1024;
let rememberedBytes = 0;

function remember(path: string, remembered: Remembered): void {
  const sizeBytes = weightOf(remembered);
  if (sizeBytes > MAX_REMEMBERED_BYTES / 64) return;
  if (rememberedBytes + sizeBytes > MAX_REMEMBERED_BYTES) {
    MEMORY.clear();
    rememberedBytes = 0;
  }
  MEMORY.set(path, remembered);
  rememberedBytes += sizeBytes;
}

/** Empty files take memory as well. */
function weightOf({ stamp }: Remembered): number {
  return stamp.sizeBytes + 512;
}

function forget(path: string): void {
  const known = MEMORY.get(path);
  if (known !== undefined) rememberedBytes -= weightOf(known);
  MEMORY.delete(path);
}

/** Whether a later change would have another time: some file systems store only whole seconds. */
function isOlderThanClockStep({ ctimeNs, mtimeNs }: FileStamp): boolean {
  // Some file systems store no change time.
  const changedNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  const stepNs = changedNs % 1_000_000_000n === 0n ? 2_000_000_000n : 50_000_000n;
  return BigInt(Date.now()) * 1_000_000n - changedNs > stepNs;
}
