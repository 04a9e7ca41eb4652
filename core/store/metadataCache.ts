import type { BigIntStats } from 'node:fs';
import type { FileSystem } from '../system/index.js';
import { isSameVersion, toStamp, type FileStamp } from '../snapshot/index.js';
import type { MetadataReading } from './backup.js';

interface CacheEntry {
  readonly stamp: FileStamp;
  readonly reading: MetadataReading;
}

/**
 * Caches the metadata of a file until the file changes, as a watcher, a tap or an editor lists the same store again and
 * again. Metadata files are replaced, never edited, so each version has another inode or time. Errors are not cached, nor
 * are files so new that another change could have the same time. `read` passes the stats of the opened file to `onOpened`.
 */
export function cachedMetadata(
  path: string,
  files: FileSystem,
  read: (onOpened: (stats: BigIntStats) => void) => MetadataReading,
): MetadataReading {
  const cached = CACHE.get(path);
  if (cached !== undefined && isSameVersion(cached.stamp, stampAt(path, files))) return cached.reading;
  // From the open file: a process that lists the store only once needs no second stat.
  const stamps: FileStamp[] = [];
  const reading = read((stats) => stamps.push(toStamp(stats)));
  removeFromCache(path);
  const [stamp] = stamps;
  if (stamp !== undefined && isOlderThanTimestampStep(stamp)) addToCache(path, { stamp, reading });
  return reading;
}

function stampAt(path: string, files: FileSystem): FileStamp | undefined {
  const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && toStamp(stats);
}

const CACHE = new Map<string, CacheEntry>();
/** A limit for the sizes of the files; the parsed values are several times larger. */
const MAX_CACHED_BYTES = 4 * 1024 * 1024;
let cachedBytes = 0;

function addToCache(path: string, entry: CacheEntry): void {
  const sizeBytes = sizeOf(entry);
  if (sizeBytes > MAX_CACHED_BYTES / 64) return;
  if (cachedBytes + sizeBytes > MAX_CACHED_BYTES) {
    CACHE.clear();
    cachedBytes = 0;
  }
  CACHE.set(path, entry);
  cachedBytes += sizeBytes;
}

/** Even an empty file takes some memory. */
function sizeOf({ stamp }: CacheEntry): number {
  return stamp.sizeBytes + 512;
}

function removeFromCache(path: string): void {
  const cached = CACHE.get(path);
  if (cached !== undefined) cachedBytes -= sizeOf(cached);
  CACHE.delete(path);
}

/** Whether a change from now on would have another time. Some file systems store only whole seconds. */
function isOlderThanTimestampStep({ ctimeNs, mtimeNs }: FileStamp): boolean {
  // Some file systems store no change time.
  const changedNs = ctimeNs > mtimeNs ? ctimeNs : mtimeNs;
  const stepNs = changedNs % 1_000_000_000n === 0n ? 2_000_000_000n : 50_000_000n;
  return BigInt(Date.now()) * 1_000_000n - changedNs > stepNs;
}
