import type { FileSystem, Ports, System } from '../../../core/system/ports.js';
import type { CallName, StatData } from '../disk/calls.js';

/** How a simulated process accesses its world. */
export interface Connection {
  readonly call: (call: CallName, args: readonly unknown[]) => unknown;
  readonly nowMs: () => number;
  readonly environment: Ports['environment'];
  readonly system: System;
}

/** The engine's ports for a simulated world. */
export function portsOver({ call, nowMs, environment, system }: Connection): Ports {
  return { files: fileSystemOver(call), now: () => new Date(nowMs()), environment, system };
}

/** Only the parts of `node:fs` that the engine uses; its overloads make a cast necessary. */
function fileSystemOver(call: Connection['call']): FileSystem {
  const files = {
    openSync: (path: string, flags: string | number, mode?: number) => call('open', [path, flags, mode]),
    closeSync: (descriptor: number) => call('close', [descriptor]),
    readSync: (descriptor: number, target: Buffer, offset: number, length: number, position: number | null) => {
      const bytes = call('read', [descriptor, length, position]) as Buffer;
      target.set(bytes, offset);
      return bytes.length;
    },
    writeSync: (descriptor: number, source: Buffer, offset: number, length: number, position: number | null) =>
      call('write', [descriptor, Buffer.from(source.subarray(offset, offset + length)), position ?? null]),
    fsyncSync: (descriptor: number) => call('fsync', [descriptor]),
    fsync: (descriptor: number, done: (error: Error | null) => void) => {
      // Some turns later, because the disk takes time.
      void Promise.resolve()
        .then(() => undefined)
        .then(() => call('fsync', [descriptor]))
        .then(
          () => done(null),
          (error: unknown) => done(error as Error),
        );
    },
    fstatSync: (descriptor: number, options?: StatOptions) => toStats(call('fstat', [descriptor]) as StatData, options),
    statSync: (path: string, options?: StatOptions) => statUnlessMissing(call, 'stat', path, options),
    lstatSync: (path: string, options?: StatOptions) => statUnlessMissing(call, 'lstat', path, options),
    realpathSync: (path: string) => call('realpath', [path]),
    readdirSync: (path: string, options?: { readonly withFileTypes?: boolean }) => {
      const entries = call('readdir', [path]) as readonly ListedEntry[];
      return options?.withFileTypes === true ? entries.map(toEntry) : entries.map(({ name }) => name);
    },
    opendirSync: (path: string) => openFolder(call('readdir', [path]) as readonly ListedEntry[]),
    readlinkSync: (path: string) => call('readlink', [path]),
    readFileSync: (path: string, encoding?: BufferEncoding) => {
      const bytes = Buffer.from(call('readFile', [path]) as Buffer);
      return encoding === undefined ? bytes : bytes.toString(encoding);
    },
    mkdirSync: (path: string, options: { readonly mode?: number; readonly recursive?: boolean } = {}) =>
      call('mkdir', [path, options.mode ?? 0o777, options.recursive === true]),
    linkSync: (from: string, to: string) => call('link', [from, to]),
    renameSync: (from: string, to: string) => call('rename', [from, to]),
    unlinkSync: (path: string) => call('unlink', [path]),
    rmdirSync: (path: string) => call('rmdir', [path]),
    chmodSync: (path: string, mode: number) => call('chmod', [path, mode]),
    fchmodSync: (descriptor: number, mode: number) => call('fchmod', [descriptor, mode]),
    fchownSync: (descriptor: number) => call('fchown', [descriptor]),
    utimesSync: (path: string, _accessed: Date, modified: Date | number) =>
      call('utimes', [path, typeof modified === 'number' ? modified * 1000 : modified.getTime()]),
    ftruncateSync: (descriptor: number, sizeBytes: number) => call('ftruncate', [descriptor, sizeBytes]),
  };
  return files as unknown as FileSystem;
}

type ListedEntry = Pick<StatData & { name: string }, 'name' | 'kind'>;

/** Lists the entries as they were when the folder was opened, because the engine reads a whole simulated folder at once. */
function openFolder(entries: readonly ListedEntry[]) {
  const left = entries.map(toEntry);
  return { readSync: () => left.shift() ?? null, closeSync: () => undefined };
}

interface StatOptions {
  readonly bigint?: boolean;
  readonly throwIfNoEntry?: boolean;
}

function statUnlessMissing(
  call: Connection['call'],
  name: 'stat' | 'lstat',
  path: string,
  options?: StatOptions,
): unknown {
  try {
    return toStats(call(name, [path]) as StatData, options);
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (options?.throwIfNoEntry === false && isMissing) return undefined;
    throw error;
  }
}

function toStats(data: StatData, options?: StatOptions): unknown {
  return options?.bigint === true ? new BigStats(data) : new PlainStats(data);
}

class EntryOfKind {
  constructor(private readonly kind: StatData['kind']) {}

  isFile(): boolean {
    return this.kind === 'file';
  }

  isDirectory(): boolean {
    return this.kind === 'folder';
  }

  isSymbolicLink(): boolean {
    return false;
  }

  isFIFO(): boolean {
    return false;
  }

  isSocket(): boolean {
    return false;
  }
}

class BigStats extends EntryOfKind {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
  readonly birthtimeNs: bigint;
  readonly mtimeNs: bigint;
  readonly ctimeNs: bigint;

  constructor({ kind, device, inode, sizeBytes, birthtimeNs, modifiedNs, changedNs }: StatData) {
    super(kind);
    this.dev = BigInt(device);
    this.birthtimeNs = birthtimeNs;
    this.ino = BigInt(inode);
    this.size = BigInt(sizeBytes);
    this.mtimeNs = modifiedNs;
    this.ctimeNs = changedNs;
  }
}

class PlainStats extends EntryOfKind {
  readonly dev: number;
  readonly uid = 1000;
  readonly gid = 1000;
  readonly ino: number;
  readonly mode: number;
  readonly size: number;
  readonly mtimeMs: number;

  constructor({ kind, device, inode, mode, sizeBytes, modifiedNs }: StatData) {
    super(kind);
    this.dev = device;
    this.ino = inode;
    this.mode = mode;
    this.size = sizeBytes;
    this.mtimeMs = Number(modifiedNs / 1000n) / 1000;
  }

  get mtime(): Date {
    return new Date(this.mtimeMs);
  }
}

class Entry extends EntryOfKind {
  constructor(
    readonly name: string,
    kind: StatData['kind'],
  ) {
    super(kind);
  }
}

function toEntry({ name, kind }: ListedEntry): Entry {
  return new Entry(name, kind);
}
