import type { Random } from '../random.js';
import {
  applyToNames,
  changed,
  type ContentChange,
  type DiskNode,
  type FileNode,
  type FolderNode,
  type NameChange,
  type NamePart,
} from './nodes.js';
import { losePower, type NameOrder } from './powerLoss.js';
import { systemError } from './systemError.js';

/**
 * A file system in memory with two layers: the view of processes, and the state after a power failure. A sync of a file
 * makes its content durable, a sync of a folder its names; `powerLoss.ts` decides about everything else.
 */
export class Disk {
  readonly root: FolderNode;
  #nextInode = 2;
  #lastDevice = ROOT_DEVICE;
  #nameLog: NameChange[] = [];

  constructor(
    readonly nowNs: () => bigint,
    readonly order: NameOrder,
  ) {
    this.root = this.#newFolder(0o755, ROOT_DEVICE);
  }

  /** Undefined if it does not exist. */
  find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.root;
    for (const part of partsOf(path)) {
      if (node?.kind !== 'folder') return undefined;
      node = node.names.get(part);
    }
    return node;
  }

  get(path: string, call: string): DiskNode {
    const node = this.find(path);
    if (node === undefined) throw systemError('ENOENT', call, path);
    return node;
  }

  folder(path: string, call: string): FolderNode {
    const node = this.get(path, call);
    if (node.kind !== 'folder') throw systemError('ENOTDIR', call, path);
    return node;
  }

  create(path: string, mode: number): FileNode {
    const { folder, name } = this.#locate(path, 'open');
    const file: FileNode = {
      kind: 'file',
      ...this.#attributes(mode, folder.device),
      bytes: Buffer.alloc(0),
      durable: Buffer.alloc(0),
      pending: [],
    };
    this.#change([{ folder, name, node: file }]);
    return file;
  }

  makeFolder(path: string, mode: number): void {
    if (this.find(path) !== undefined) throw systemError('EEXIST', 'mkdir', path);
    const { folder, name } = this.#locate(path, 'mkdir');
    this.#change([{ folder, name, node: this.#newFolder(mode, folder.device) }]);
  }

  /** Creates a folder that is the root of another file system. */
  mount(path: string): void {
    const { folder, name } = this.#locate(path, 'mkdir');
    this.#change([{ folder, name, node: this.#newFolder(0o755, ++this.#lastDevice) }]);
  }

  link(from: string, to: string): void {
    const node = this.get(from, 'link');
    if (node.kind === 'folder') throw systemError('EPERM', 'link', from);
    if (this.find(to) !== undefined) throw systemError('EEXIST', 'link', to);
    const locate = this.#locate(to, 'link');
    if (locate.folder.device !== node.device) throw systemError('EXDEV', 'link', to);
    node.changedNs = this.nowNs();
    this.#change([{ ...locate, node }]);
  }

  rename(from: string, to: string): void {
    const node = this.get(from, 'rename');
    const target = this.find(to);
    if (target === node) return;
    if (target?.kind === 'folder') throw systemError('EISDIR', 'rename', to);
    const locate = this.#locate(to, 'rename');
    if (locate.folder.device !== node.device) throw systemError('EXDEV', 'rename', to);
    node.changedNs = this.nowNs();
    this.#change([
      { ...this.#locate(from, 'rename'), node: undefined },
      { ...locate, node },
    ]);
  }

  unlink(path: string): void {
    const node = this.get(path, 'unlink');
    if (node.kind === 'folder') throw systemError('EISDIR', 'unlink', path);
    node.changedNs = this.nowNs();
    this.#change([{ ...this.#locate(path, 'unlink'), node: undefined }]);
  }

  removeFolder(path: string): void {
    if (this.folder(path, 'rmdir').names.size > 0) throw systemError('ENOTEMPTY', 'rmdir', path);
    this.#change([{ ...this.#locate(path, 'rmdir'), node: undefined }]);
  }

  changeContent(file: FileNode, change: ContentChange): void {
    file.bytes = changed(file.bytes, change);
    file.pending.push(change);
    file.modifiedNs = this.nowNs();
    file.changedNs = file.modifiedNs;
  }

  sync(node: DiskNode): void {
    if (node.kind === 'file') {
      node.durable = node.bytes;
      node.pending = [];
      return;
    }
    const touches = (change: NameChange): boolean => change.parts.some(({ folder }) => folder === node);
    for (const change of this.#nameLog.filter(touches)) applyToNames(change, (folder) => folder.durableNames);
    this.#nameLog = this.#nameLog.filter((change) => !touches(change));
  }

  /** A failed sync leaves nothing to sync later: Linux then counts the pages as clean. */
  failSync(node: DiskNode): void {
    if (node.kind === 'file') node.pending = [];
  }

  losePower(random: Random): void {
    losePower(this.root, this.#nameLog, this.order, random);
    this.#nameLog = [];
  }

  /** For the set-up of a run: makes everything durable. */
  syncEverything(): void {
    for (const change of this.#nameLog) applyToNames(change, (folder) => folder.durableNames);
    this.#nameLog = [];
    syncBelow(this.root);
  }

  #change(parts: readonly NamePart[]): void {
    const change = { parts };
    applyToNames(change, (folder) => folder.names);
    this.#nameLog.push(change);
    for (const { folder } of parts) folder.modifiedNs = folder.changedNs = this.nowNs();
  }

  #locate(path: string, call: string): { readonly folder: FolderNode; readonly name: string } {
    const parts = partsOf(path);
    const name = parts.pop();
    if (name === undefined) throw systemError('EBUSY', call, path);
    return { folder: this.folder(`/${parts.join('/')}`, call), name };
  }

  #newFolder(mode: number, device: number): FolderNode {
    return { kind: 'folder', ...this.#attributes(mode, device), names: new Map(), durableNames: new Map() };
  }

  #attributes(mode: number, device: number) {
    const now = this.nowNs();
    return { device, inode: this.#nextInode++, birthtimeNs: now, mode, modifiedNs: now, changedNs: now };
  }
}

const ROOT_DEVICE = 1;

function partsOf(path: string): string[] {
  return path.split('/').filter((part) => part !== '');
}

function syncBelow(node: DiskNode): void {
  if (node.kind === 'file') {
    node.durable = node.bytes;
    node.pending = [];
    return;
  }
  for (const child of node.names.values()) syncBelow(child);
}
