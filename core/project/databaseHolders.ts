import { basename } from 'node:path';
import { asBackupError, readLockTable, systemErrorCode, systemOf, type Ports } from '../system/index.js';
import { processName } from './processName.js';
import type { DatabaseHolder } from './project.js';

export interface DatabaseHolders {
  /** At most one entry per process, the strongest evidence first. */
  readonly holders: readonly DatabaseHolder[];
  /** False if the system cannot list them: an empty list then proves nothing. */
  readonly certain: boolean;
}

/**
 * The processes that have the database or its `-wal` or `-shm` open, including deleted files of that name. Reads
 * `/proc` on Linux. Elsewhere, the only evidence is `-shm`, which SQLite removes when the last connection closes. The
 * links in `databasePath` are already resolved. Throws if the search fails (too many open files), because an empty
 * result would prove nothing.
 */
export function findHolders(databasePath: string, ports: Ports): DatabaseHolders {
  const files = inodesOf(databasePath, ports);
  const locks = readLocks(ports);
  if (locks === undefined) return { holders: holdersBySharedMemory(databasePath, files), certain: false };

  const holders: DatabaseHolder[] = [];
  for (const pid of processIds(ports)) {
    const lockedPath = locks.find((lock) => lock.pid === pid && files.has(lock.inode))?.inode;
    const openPath = findOpenFile(pid, databasePath, files, ports);
    // Other file systems can repeat an inode number, so readable descriptors take precedence.
    if (openPath === undefined || (openPath === null && lockedPath === undefined)) continue;
    const path = openPath ?? files.get(lockedPath ?? '') ?? databasePath;
    const evidence = lockedPath === undefined ? 'open-file' : 'sqlite-lock';
    holders.push({ pid, command: processName(pid, ports), evidence, path });
  }
  holders.push(...invisibleHolders(locks, files, holders, ports));
  return { holders: holders.sort((a, b) => b.evidence.localeCompare(a.evidence)), certain: true };
}

/** Inode number to path, for the existing files of the database. */
type Inodes = ReadonlyMap<string, string>;

function inodesOf(databasePath: string, ports: Ports): Inodes {
  const inodes = new Map<string, string>();
  for (const suffix of ['', '-wal', '-shm']) {
    const stats = ports.files.statSync(databasePath + suffix, { bigint: true, throwIfNoEntry: false });
    if (stats) inodes.set(String(stats.ino), databasePath + suffix);
  }
  return inodes;
}

function holdersBySharedMemory(databasePath: string, files: Inodes): DatabaseHolder[] {
  const path = `${databasePath}-shm`;
  const exists = [...files.values()].includes(path);
  return exists ? [{ pid: undefined, command: undefined, evidence: 'open-file', path }] : [];
}

interface Lock {
  readonly pid: number;
  readonly inode: string;
}

/**
 * SQLite's connections lock the database from byte 0x40000000 and `-shm` from byte 120; in WAL mode, byte 128 is locked
 * all the time.
 */
function readLocks(ports: Ports): readonly Lock[] | undefined {
  const table = readLockTable(ports.files)?.matchAll(LOCK);
  return table && [...table].map(([, pid, inode]) => ({ pid: Number(pid), inode: inode ?? '' }));
}

const LOCK = /^\d+: (?:POSIX|OFDLCK) .* (-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) \d+ \S+$/gm;

/** Locks without a process in /proc: the process is hidden, or the lock belongs to a descriptor (OFD locks). */
function invisibleHolders(
  locks: readonly Lock[],
  files: Inodes,
  visibleHolders: readonly DatabaseHolder[],
  ports: Ports,
): DatabaseHolder[] {
  return locks.flatMap((lock) => {
    const path = files.get(lock.inode);
    if (path === undefined || visibleHolders.some((holder) => holder.pid === lock.pid)) return [];
    if (lock.pid > 0 && isListedInProc(lock.pid, ports)) return [];
    return [{ pid: undefined, command: undefined, evidence: 'sqlite-lock' as const, path }];
  });
}

function processIds(ports: Ports): number[] {
  return ports.files
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The file of the database that a process has open; null if its descriptors cannot be read. */
function findOpenFile(pid: number, databasePath: string, files: Inodes, ports: Ports): string | undefined | null {
  const folder = `/proc/${pid}/fd`;
  let descriptors: string[];
  try {
    descriptors = ports.files.readdirSync(folder);
  } catch (error) {
    if (!isListedInProc(pid, ports)) return undefined;
    // Another user's process. Any other error is a failure of the search.
    if (REFUSALS.has(systemErrorCode(error) ?? '')) return null;
    throw asBackupError(error, 'find the processes that have the database open', folder);
  }
  for (const descriptor of descriptors) {
    const path = pathOfDescriptor(`${folder}/${descriptor}`, databasePath, files, ports);
    if (path === undefined) continue;
    // This process's own reads, such as a snapshot, do not count; its connections do.
    if (pid === systemOf(ports).pid && isReadOnly(descriptor, ports)) continue;
    return path;
  }
  return undefined;
}

const REFUSALS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOENT', 'ESRCH']);
/** The errors for a closed descriptor or an ended process. */
const ENDED: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH']);

/** False for a running process that is hidden. */
function isListedInProc(pid: number, ports: Ports): boolean {
  return ports.files.statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined;
}

function pathOfDescriptor(link: string, databasePath: string, files: Inodes, ports: Ports): string | undefined {
  let target: string;
  try {
    target = ports.files.readlinkSync(link);
  } catch {
    // Closed in the meantime.
    return undefined;
  }
  try {
    // Compare names first: a stat of every file of every process is slow, and can hang on a dead network disk.
    if (!target.includes(basename(databasePath))) return undefined;
    const name = target.replace(/ \(deleted\)$/, '');
    if (['', '-wal', '-shm'].some((suffix) => name === databasePath + suffix)) return target;
    return files.get(String(ports.files.statSync(link, { bigint: true }).ino));
  } catch (error) {
    // Unless it was closed in the meantime, the file has the same name and may be the same one under another path.
    return ENDED.has(systemErrorCode(error) ?? '') ? undefined : target;
  }
}

function isReadOnly(descriptor: string, ports: Ports): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)$/m.exec(ports.files.readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8'));
    return flags !== null && (Number.parseInt(flags[1] ?? '', 8) & 3) === 0;
  } catch (error) {
    return ENDED.has(systemErrorCode(error) ?? '');
  }
}
