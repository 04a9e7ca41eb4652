import { readLockTable, type FileSystem } from '../system/index.js';
import type { FileStamp } from './openFile.js';

/**
 * Whether a process has SQLite's PENDING or EXCLUSIVE lock on the database. With `journal_mode=MEMORY`, this is the
 * only sign of a transaction being written. Only Linux lists such locks, and only of processes visible to this one.
 */
export function isBeingWritten(database: FileStamp, files: FileSystem): boolean {
  return parseWriteLocks(readLockTable(files) ?? '').some(
    (lock) => isLockOn(lock, database) && (covers(lock, PENDING_BYTE) || covers(lock, EXCLUSIVE_BYTE)),
  );
}

interface WriteLock {
  readonly major: bigint;
  readonly minor: bigint;
  readonly inode: bigint;
  readonly first: number;
  readonly last: number;
}

/** SQLite's os_unix.c: the byte at 1 GiB, and the shared range that begins two bytes later. */
const PENDING_BYTE = 0x40000000;
const EXCLUSIVE_BYTE = 0x40000002;
// "7: POSIX  ADVISORY  WRITE 4711 fe:00:2146371 1073741824 1073742335"; waiting ones have "->" before POSIX.
const WRITE_LOCK = /^\d+: \w+ +\w+ +WRITE +-?\d+ ([0-9a-f]+):([0-9a-f]+):(\d+) (\d+) (\d+|EOF)$/gm;

function parseWriteLocks(text: string): WriteLock[] {
  return [...text.matchAll(WRITE_LOCK)].map(([, major, minor, inode, first, last]) => ({
    major: BigInt(`0x${major ?? '0'}`),
    minor: BigInt(`0x${minor ?? '0'}`),
    inode: BigInt(inode ?? '0'),
    first: Number(first),
    last: last === 'EOF' ? Number.MAX_SAFE_INTEGER : Number(last),
  }));
}

/**
 * Btrfs and overlay file systems give a file its own device (major number 0), different from the one in the list, so
 * only the inode is compared.
 */
function isLockOn(lock: WriteLock, { device, inode }: FileStamp): boolean {
  if (lock.inode !== inode) return false;
  return majorOf(device) === 0n || (lock.major === majorOf(device) && lock.minor === minorOf(device));
}

function covers(lock: WriteLock, byte: number): boolean {
  return lock.first <= byte && byte <= lock.last;
}

/** As glibc's gnu_dev_major and gnu_dev_minor. */
function majorOf(device: bigint): bigint {
  return ((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn);
}

function minorOf(device: bigint): bigint {
  return (device & 0xffn) | ((device >> 12n) & ~0xffn & 0xffffffffn);
}
