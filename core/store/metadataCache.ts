import type { BigIntStats } from 'node:fs';
import type { FileSystem } from '../system/index.js';
import { isSameVersion, toStamp, type FileStamp } from '../snapshot/index.js';
import type { MetadataReading } from './backup.js';

interface CacheEntry {
  readonly stamp: FileStamp;
  readonly reading: MetadataReading;
  /** The number of the lookup that last used it. */
  lastUsed: number;
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
  lookups += 1;
  const cached = CACHE.get(path);
  if (cached !== undefined && isSameVersion(cached.stamp, stampAt(path, files))) {
    cached.lastUsed = lookups;
    return cached.reading;
  }
  // From the open file: a process that lists the store only once needs no second stat.
  const stamps: FileStamp[] = [];
  const reading = read((stats) => stamps.push(toStamp(stats)));
  removeFromCache(path);
  const [stamp] = stamps;
  if (stamp !== undefined && isOlderThanTimestampStep(stamp)) addToCache(path, { stamp, reading, lastUsed: lookups });
  return reading;
}

function stampAt(path: string, files: FileSystem): FileStamp | undefined {
  const stats = files.lstatSync(path, { bigint: true, throwIfNoEntry: false });
  return stats && toStamp(stats);
}

const CACHE = new Map<string, CacheEntry>();
/** A limit for the sizes of the files: 10,000 usual ones. The parsed values are several times larger. */
const MAX_CACHED_BYTES = 16 * 1024 * 1024;
const MAX_FILE_BYTES = 64 * 1024;
let cachedBytes = 0;
let lookups = 0;
let lastEviction = 0;

/**
 * A full cache keeps the entries in use instead of adding one: whoever lists more files than fit, in the same order each
 * time, would otherwise find none of them.
 */
function addToCache(path: string, entry: CacheEntry): void {
  const sizeBytes = sizeOf(entry);
  if (sizeBytes > MAX_FILE_BYTES) return;
  if (cachedBytes + sizeBytes > MAX_CACHED_BYTES) evictUnused();
  if (cachedBytes + sizeBytes > MAX_CACHED_BYTES) return;
  CACHE.set(path, entry);
  cachedBytes += sizeBytes;
}

/** Removes the entries unused for as many lookups as several listings take. Rarely, because it visits every entry. */
function evictUnused(): void {
  if (lookups - lastEviction < CACHE.size) return;
  lastEviction = lookups;
  const unusedSince = lookups - 4 * CACHE.size;
  for (const [path, { lastUsed }] of CACHE) if (lastUsed < unusedSince) removeFromCache(path);
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
