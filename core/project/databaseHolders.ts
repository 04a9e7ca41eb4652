import { basename } from 'node:path';
import { asBackupError, readLockTable, systemErrorCode, systemOf, type Ports } from '../system/index.js';
import { processName } from './processName.js';
import type { DatabaseHolder } from './project.js';

export interface DatabaseHolders {
  /** At most one entry a process, the strongest evidence first. */
  readonly holders: readonly DatabaseHolder[];
  /** False where the system cannot be asked: then no holder found does not mean that there is none. */
  readonly certain: boolean;
}

/**
 * Who has the database or its `-wal` or `-shm` open, deleted files of that name included. On Linux from `/proc`;
 * elsewhere all that can be seen is that SQLite removes `-shm` when the last connection closes, so one that is there
 * means that somebody has it open, or died. `databasePath` is the real path, links resolved. Throws what keeps it from
 * looking (too many open files): that nobody was seen does not mean then that there is nobody.
 */
export function findHolders(databasePath: string, ports: Ports): DatabaseHolders {
  const files = identify(databasePath, ports);
  const locks = readLocks(ports);
  if (locks === undefined) return { holders: holdersBySharedMemory(databasePath, files), certain: false };

  const holders: DatabaseHolder[] = [];
  for (const pid of processIds(ports)) {
    const lockedPath = locks.find((lock) => lock.pid === pid && files.has(lock.inode))?.inode;
    const openPath = findOpenFile(pid, databasePath, files, ports);
    // Inode numbers repeat on other file systems: where the descriptors can be read, they decide.
    if (openPath === undefined || (openPath === null && lockedPath === undefined)) continue;
    const path = openPath ?? files.get(lockedPath ?? '') ?? databasePath;
    const evidence = lockedPath === undefined ? 'open-file' : 'sqlite-lock';
    holders.push({ pid, command: processName(pid, ports), evidence, path });
  }
  holders.push(...invisibleHolders(locks, files, holders, ports));
  return { holders: holders.sort((a, b) => b.evidence.localeCompare(a.evidence)), certain: true };
}

/** Inode number to path, of the database's files that exist. */
type Inodes = ReadonlyMap<string, string>;

function identify(databasePath: string, ports: Ports): Inodes {
  const inodes = new Map<string, string>();
  for (const suffix of ['', '-wal', '-shm']) {
    const found = ports.files.statSync(databasePath + suffix, { bigint: true, throwIfNoEntry: false });
    if (found) inodes.set(String(found.ino), databasePath + suffix);
  }
  return inodes;
}

function holdersBySharedMemory(databasePath: string, files: Inodes): DatabaseHolder[] {
  const path = `${databasePath}-shm`;
  const isThere = [...files.values()].includes(path);
  return isThere ? [{ pid: undefined, command: undefined, evidence: 'open-file', path }] : [];
}

interface Lock {
  readonly pid: number;
  readonly inode: string;
}

/**
 * SQLite's connections show as locks on the database from byte 0x40000000 and on `-shm` from byte 120; in WAL mode byte
 * 128 is held throughout.
 */
function readLocks(ports: Ports): readonly Lock[] | undefined {
  const table = readLockTable(ports.files)?.matchAll(LOCK);
  return table && [...table].map(([, pid, inode]) => ({ pid: Number(pid), inode: inode ?? '' }));
}

const LOCK = /^\d+: (?:POSIX|OFDLCK) .* (-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) \d+ \S+$/gm;

/** Locks whose process does not show in /proc: hidden, or of another kind than a process's (OFD locks). */
function invisibleHolders(
  locks: readonly Lock[],
  files: Inodes,
  found: readonly DatabaseHolder[],
  ports: Ports,
): DatabaseHolder[] {
  return locks.flatMap((lock) => {
    const path = files.get(lock.inode);
    if (path === undefined || found.some((holder) => holder.pid === lock.pid)) return [];
    if (lock.pid > 0 && showsInProc(lock.pid, ports)) return [];
    return [{ pid: undefined, command: undefined, evidence: 'sqlite-lock' as const, path }];
  });
}

function processIds(ports: Ports): number[] {
  return ports.files
    .readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The path of ours that a process has open; undefined if none, null where its descriptors may not be read. */
function findOpenFile(pid: number, databasePath: string, files: Inodes, ports: Ports): string | undefined | null {
  const folder = `/proc/${pid}/fd`;
  let descriptors: string[];
  try {
    descriptors = ports.files.readdirSync(folder);
  } catch (error) {
    if (!showsInProc(pid, ports)) return undefined;
    // Another user's process. Everything else is no fault of that process.
    if (REFUSALS.has(systemErrorCode(error) ?? '')) return null;
    throw asBackupError(error, 'look who has the database open', folder);
  }
  for (const descriptor of descriptors) {
    const path = pathOfDescriptor(`${folder}/${descriptor}`, databasePath, files, ports);
    if (path === undefined) continue;
    // Our own reading, of a snapshot for example, is no holder; a connection of our process is.
    if (pid === systemOf(ports).pid && isReadOnly(descriptor, ports)) continue;
    return path;
  }
  return undefined;
}

const REFUSALS: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'ENOENT', 'ESRCH']);
/** What the system says of a descriptor or process that ended meanwhile. */
const ENDED: ReadonlySet<string> = new Set(['ENOENT', 'ESRCH']);

/** Not whether it runs: a process that is hidden from us runs, and does not show. */
function showsInProc(pid: number, ports: Ports): boolean {
  return ports.files.statSync(`/proc/${pid}`, { throwIfNoEntry: false }) !== undefined;
}

function pathOfDescriptor(link: string, databasePath: string, files: Inodes, ports: Ports): string | undefined {
  let target: string;
  try {
    target = ports.files.readlinkSync(link);
  } catch {
    // Closed meanwhile.
    return undefined;
  }
  try {
    // A name first: asking about every file of every process would be slow, and may hang on a dead network disk.
    if (!target.includes(basename(databasePath))) return undefined;
    const name = target.replace(/ \(deleted\)$/, '');
    if (['', '-wal', '-shm'].some((suffix) => name === databasePath + suffix)) return target;
    return files.get(String(ports.files.statSync(link, { bigint: true }).ino));
  } catch (error) {
    // Closed meanwhile; else it bears the name of ours, and may be ours under another path.
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
