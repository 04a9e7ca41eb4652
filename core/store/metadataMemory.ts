import type { BigIntStats } from 'node:fs';
import type { FileSystem } from '../system/index.js';
import { isSameVersion, toStamp, type FileStamp } from '../snapshot/index.js';
import type { MetadataReading } from './backup.js';

interface Remembered {
  readonly stamp: FileStamp;
  readonly reading: MetadataReading;
}

/**
 * The content of a metadata file, read anew only if the file has changed since: a watcher, a tap or an editor lists the
 * same store again and again. Metadata is only ever replaced by another file, so a new version has another inode or
 * time; a file as young as the clock's own step is not remembered. `readAnew` passes on what it read the file with.
 * An error that `readAnew` throws is not remembered either: the next call reads again.
 */
export function rememberedMetadata(
  path: string,
  files: FileSystem,
  reread: (onOpened: (stats: BigIntStats) => void) => MetadataReading,
): MetadataReading {
  const known = MEMORY.get(path);
  if (known !== undefined && isSameVersion(known.stamp, stampAt(path, files))) return known.reading;
  // Taken from the open file: a listing that is the only one of its process pays for no look-up.
  const stamps: FileStamp[] = [];
  const reading = reread((stats) => stamps.push(toStamp(stats)));
  forget(path);
  const [stamp] = stamps;
  if (stamp !== undefined && isSettled(stamp)) remember(path, { stamp, reading });
  return reading;
}

function stampAt(path: string, files: FileSystem): FileStamp | undefined {
  const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && toStamp(stats);
}

const MEMORY = new Map<string, Remembered>();
/** Of the files; what is read of them takes some times as much. Stores that are larger than this are read anew. */
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

/** Whether a later change would have another time: clocks of files go in steps, of seconds where they know no parts. */
function isSettled({ ctimeNs, mtimeNs }: FileStamp): boolean {
  // Some file systems keep no time of change.
  const changedNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  const stepNs = changedNs % 1_000_000_000n === 0n ? 2_000_000_000n : 50_000_000n;
  return BigInt(Date.now()) * 1_000_000n - changedNs > stepNs;
}
