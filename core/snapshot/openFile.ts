import type { BigIntStats } from 'node:fs';
import {
  BackupError,
  isNotFound,
  kindOf,
  OPEN_FOR_READING,
  readFully,
  refusalReason,
  type FileSystem,
} from '../system/index.js';

/** Identifies one version of a file. Times are big integers, because a double would round nanoseconds. */
export interface FileStamp {
  readonly device: bigint;
  readonly inode: bigint;
  readonly sizeBytes: number;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;
}

/** A file opened by descriptor, so all reads are of one inode, whatever happens to the path. */
export class OpenFile {
  constructor(
    readonly path: string,
    private readonly files: FileSystem,
    private readonly descriptor: number,
  ) {}

  stamp(): FileStamp {
    return toStamp(this.files.fstatSync(this.descriptor, { bigint: true }));
  }

  /** Fills `target` from `position`; returns the number of bytes, fewer only at the end of the file. */
  read(target: Buffer, position: number): number {
    return readFully(this.descriptor, target, this.files, position);
  }

  /** The first `lengthBytes` bytes, or fewer if the file is shorter. */
  readStart(lengthBytes: number): Buffer {
    const start = Buffer.alloc(lengthBytes);
    return start.subarray(0, this.read(start, 0));
  }

  close(): void {
    this.files.closeSync(this.descriptor);
  }
}

/** The files of one attempt; the caller closes them all. */
export class OpenFiles {
  readonly #opened: OpenFile[] = [];

  constructor(private readonly files: FileSystem) {}

  /** Opens for reading without following a link; undefined if the file does not exist. */
  open(path: string): OpenFile | undefined {
    const descriptor = this.#openDescriptor(path);
    if (descriptor === undefined) return undefined;
    const file = new OpenFile(path, this.files, descriptor);
    this.#opened.push(file);
    refuseSpecialFile(path, this.files.fstatSync(descriptor, { bigint: true }));
    return file;
  }

  /** The stamp of the file at this path now; undefined if it does not exist. */
  stampAt(path: string): FileStamp | undefined {
    const stats = this.files.statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats === undefined ? undefined : toStamp(stats);
  }

  closeAll(): void {
    for (const file of this.#opened.splice(0)) file.close();
  }

  #openDescriptor(path: string): number | undefined {
    try {
      return this.files.openSync(path, OPEN_FOR_READING);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      if (refusalReason(error) === 'a link') throw refusedLink(path);
      throw error;
    }
  }
}

export function isSameFile(one: FileStamp | undefined, other: FileStamp | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return one.device === other.device && one.inode === other.inode;
}

export function isSameVersion(one: FileStamp | undefined, other: FileStamp | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return (
    isSameFile(one, other) &&
    one.sizeBytes === other.sizeBytes &&
    one.mtimeNs === other.mtimeNs &&
    one.ctimeNs === other.ctimeNs
  );
}

/** The caller has resolved links to the database, and SQLite does not follow links to side files either. */
function refusedLink(path: string): BackupError {
  return new BackupError(`${path} is a link, not a regular file`, {
    code: 'unsafe-path',
    operation: 'read the database',
    path,
    hint: 'A SQLite database and its side files are regular files. Check who created the link, and move it away.',
  });
}

function refuseSpecialFile(path: string, stats: BigIntStats): void {
  if (stats.isFile()) return;
  throw new BackupError(`${path} is a ${kindOf(stats)}, not a regular file`, {
    code: 'not-a-database',
    operation: 'read the database',
    path,
    hint: 'A SQLite database and its side files are regular files. Check what has replaced them.',
  });
}

export function toStamp(stats: BigIntStats): FileStamp {
  return {
    device: stats.dev,
    inode: stats.ino,
    sizeBytes: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    ctimeNs: stats.ctimeNs,
  };
}
