/** A file or folder of the simulated disk: as processes see it, and its durable part. */
export type DiskNode = FileNode | FolderNode;

interface Attributes {
  /** The number of its file system. */
  readonly device: number;
  readonly inode: number;
  readonly birthtimeNs: bigint;
  mode: number;
  modifiedNs: bigint;
  changedNs: bigint;
}

export interface FileNode extends Attributes {
  readonly kind: 'file';
  /** The content that processes read. */
  bytes: Buffer;
  /** The content after a power failure, whatever happens to `pending`. */
  durable: Buffer;
  /** Changes since the last sync, in order; each sector of each may or may not become durable. */
  pending: ContentChange[];
}

export type ContentChange =
  | { readonly kind: 'write'; readonly position: number; readonly bytes: Buffer }
  | { readonly kind: 'truncate'; readonly sizeBytes: number };

export interface FolderNode extends Attributes {
  readonly kind: 'folder';
  readonly names: Map<string, DiskNode>;
  durableNames: Map<string, DiskNode>;
}

/** The name changes of one call. They become durable together or not at all: renames are atomic. */
export interface NameChange {
  readonly parts: readonly NamePart[];
}

export interface NamePart {
  readonly folder: FolderNode;
  readonly name: string;
  /** Undefined: the name is removed. */
  readonly node: DiskNode | undefined;
}

export function applyToNames(change: NameChange, namesOf: (folder: FolderNode) => Map<string, DiskNode>): void {
  for (const { folder, name, node } of change.parts) {
    if (node === undefined) namesOf(folder).delete(name);
    else namesOf(folder).set(name, node);
  }
}

/** The content after a change, in a buffer of its own. */
export function changed(bytes: Buffer, change: ContentChange): Buffer {
  if (change.kind === 'truncate') return resized(bytes, change.sizeBytes);
  const end = change.position + change.bytes.length;
  const content = resized(bytes, Math.max(bytes.length, end));
  change.bytes.copy(content, change.position);
  return content;
}

export function resized(bytes: Buffer, sizeBytes: number): Buffer {
  const content = Buffer.alloc(sizeBytes);
  bytes.copy(content, 0, 0, Math.min(bytes.length, sizeBytes));
  return content;
}
