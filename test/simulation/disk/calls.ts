import { constants } from 'node:fs';
import type { Disk } from './disk.js';
import type { DiskNode, FileNode } from './nodes.js';
import { systemError } from './systemError.js';

/** An open file of a simulated process. */
export interface Descriptor {
  readonly path: string;
  readonly node: DiskNode;
  readonly writable: boolean;
  position: number;
}

/** The result of `stat`, as plain data for other threads. */
export interface StatData {
  readonly kind: DiskNode['kind'];
  readonly device: number;
  readonly inode: number;
  readonly birthtimeNs: bigint;
  readonly mode: number;
  readonly sizeBytes: number;
  readonly modifiedNs: bigint;
  readonly changedNs: bigint;
}

/** The caller: a process with its own descriptors. */
export interface Caller {
  readonly descriptors: Map<number, Descriptor>;
  nextDescriptor: number;
}

/** The calls of the port on the simulated disk, with arguments and results as plain data. */
export class DiskCalls {
  constructor(
    private readonly disk: Disk,
    private readonly caller: Caller,
  ) {}

  open(path: string, flags: string | number, mode = 0o666): number {
    const { writes, creates, exclusive, truncates } = parseFlags(flags);
    let node = this.disk.find(path);
    if (node !== undefined && exclusive) throw systemError('EEXIST', 'open', path);
    if (node === undefined && !creates) throw systemError('ENOENT', 'open', path);
    node ??= this.disk.create(path, mode);
    if (node.kind === 'folder' && writes) throw systemError('EISDIR', 'open', path);
    if (truncates && node.kind === 'file') this.disk.changeContent(node, { kind: 'truncate', sizeBytes: 0 });
    const descriptor = this.caller.nextDescriptor++;
    this.caller.descriptors.set(descriptor, { path, node, writable: writes, position: 0 });
    return descriptor;
  }

  close(descriptor: number): void {
    this.#opened(descriptor, 'close');
    this.caller.descriptors.delete(descriptor);
  }

  read(descriptor: number, length: number, position: number | null): Buffer {
    const opened = this.#opened(descriptor, 'read');
    const { bytes } = this.#file(opened.node, 'read');
    const from = position ?? opened.position;
    const found = bytes.subarray(Math.min(from, bytes.length), Math.min(from + length, bytes.length));
    if (position === null) opened.position += found.length;
    return found;
  }

  write(descriptor: number, bytes: Buffer, position: number | null): number {
    const opened = this.#opened(descriptor, 'write');
    if (!opened.writable) throw systemError('EBADF', 'write');
    const at = position ?? opened.position;
    this.disk.changeContent(this.#file(opened.node, 'write'), {
      kind: 'write',
      position: at,
      bytes: Buffer.from(bytes),
    });
    if (position === null) opened.position += bytes.length;
    return bytes.length;
  }

  fsync(descriptor: number): void {
    this.disk.sync(this.#opened(descriptor, 'fsync').node);
  }

  failFsync(descriptor: number): void {
    this.disk.failSync(this.#opened(descriptor, 'fsync').node);
  }

  ftruncate(descriptor: number, sizeBytes: number): void {
    const { node } = this.#opened(descriptor, 'ftruncate');
    this.disk.changeContent(this.#file(node, 'ftruncate'), { kind: 'truncate', sizeBytes });
  }

  fstat(descriptor: number): StatData {
    return describe(this.#opened(descriptor, 'fstat').node);
  }

  stat(path: string): StatData {
    return describe(this.disk.get(path, 'stat'));
  }

  lstat(path: string): StatData {
    return describe(this.disk.get(path, 'lstat'));
  }

  realpath(path: string): string {
    this.disk.get(path, 'realpath');
    return path;
  }

  readdir(path: string): { readonly name: string; readonly kind: DiskNode['kind'] }[] {
    const { names } = this.disk.folder(path, 'scandir');
    return [...names].map(([name, { kind }]) => ({ name, kind })).sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  readlink(path: string): string {
    this.disk.get(path, 'readlink');
    throw systemError('EINVAL', 'readlink', path);
  }

  readFile(path: string): Buffer {
    return this.#file(this.disk.get(path, 'open'), 'read').bytes;
  }

  mkdir(path: string, mode: number, recursive: boolean): void {
    if (!recursive) {
      this.disk.makeFolder(path, mode);
      return;
    }
    const parts = path.split('/').filter((part) => part !== '');
    for (let length = 1; length <= parts.length; length += 1) {
      const prefix = `/${parts.slice(0, length).join('/')}`;
      if (this.disk.find(prefix) === undefined) this.disk.makeFolder(prefix, mode);
    }
  }

  link(from: string, to: string): void {
    this.disk.link(from, to);
  }

  rename(from: string, to: string): void {
    this.disk.rename(from, to);
  }

  unlink(path: string): void {
    this.disk.unlink(path);
  }

  rmdir(path: string): void {
    this.disk.removeFolder(path);
  }

  chmod(path: string, mode: number): void {
    this.disk.get(path, 'chmod').mode = mode;
  }

  fchmod(descriptor: number, mode: number): void {
    this.#opened(descriptor, 'fchmod').node.mode = mode;
  }

  fchown(descriptor: number): void {
    this.#opened(descriptor, 'fchown');
  }

  utimes(path: string, modifiedMs: number): void {
    this.disk.get(path, 'utimes').modifiedNs = BigInt(Math.round(modifiedMs)) * 1_000_000n;
  }

  #opened(descriptor: number, call: string): Descriptor {
    const opened = this.caller.descriptors.get(descriptor);
    if (opened === undefined) throw systemError('EBADF', call);
    return opened;
  }

  #file(node: DiskNode, call: string): FileNode {
    if (node.kind !== 'file') throw systemError('EISDIR', call);
    return node;
  }
}

export type CallName = Exclude<keyof DiskCalls, 'failFsync'>;

function describe(node: DiskNode): StatData {
  const { kind, device, inode, birthtimeNs, mode, modifiedNs, changedNs } = node;
  return {
    kind,
    device,
    inode,
    birthtimeNs,
    mode,
    modifiedNs,
    changedNs,
    sizeBytes: node.kind === 'file' ? node.bytes.length : 4096,
  };
}

function parseFlags(flags: string | number) {
  if (typeof flags === 'string') {
    return {
      writes: flags !== 'r',
      creates: flags.startsWith('w') || flags.startsWith('a'),
      exclusive: flags.includes('x'),
      truncates: flags.startsWith('w') && !flags.includes('x'),
    };
  }
  return {
    writes: (flags & (constants.O_WRONLY | constants.O_RDWR)) !== 0,
    creates: (flags & constants.O_CREAT) !== 0,
    exclusive: (flags & constants.O_EXCL) !== 0,
    truncates: (flags & constants.O_TRUNC) !== 0,
  };
}
