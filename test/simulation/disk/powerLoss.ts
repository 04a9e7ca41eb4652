import type { Random } from '../random.js';
import {
  applyToNames,
  changed,
  resized,
  type DiskNode,
  type FileNode,
  type FolderNode,
  type NameChange,
} from './nodes.js';

/** The unit that a disk writes completely or not at all. */
export const SECTOR_BYTES = 512;

/**
 * How names become durable without a sync. `journal`: in the order of the calls, up to some point, as in file systems with
 * a metadata journal (ext4, XFS, APFS, NTFS). `any`: each call independently, as POSIX allows and Btrfs does.
 */
export type NameOrder = 'journal' | 'any';

/** Turns pending changes into the disk's content after a power failure. */
export function losePower(root: FolderNode, nameLog: readonly NameChange[], order: NameOrder, random: Random): void {
  const survives = order === 'journal' ? prefix(nameLog, random) : subset(random);
  for (const [index, change] of nameLog.entries()) {
    if (survives(index)) applyToNames(change, (folder) => folder.durableNames);
  }
  makeDurable(root, random, new Set());
}

function prefix(nameLog: readonly NameChange[], random: Random): (index: number) => boolean {
  const length = random.between(0, nameLog.length);
  return (index) => index < length;
}

function subset(random: Random): () => boolean {
  const probability = random.pick([0, 0.2, 0.5, 0.8, 1]);
  return () => random.chance(probability);
}

function makeDurable(node: DiskNode, random: Random, seen: Set<DiskNode>): void {
  if (seen.has(node)) return;
  seen.add(node);
  if (node.kind === 'file') {
    makeContentDurable(node, random);
    return;
  }
  node.names.clear();
  for (const [name, child] of node.durableNames) {
    node.names.set(name, child);
    makeDurable(child, random, seen);
  }
}

function makeContentDurable(file: FileNode, random: Random): void {
  const probability = random.pick([0, 0.3, 0.7, 1]);
  let content = file.durable;
  for (const change of file.pending) {
    if (change.kind === 'truncate') {
      if (random.chance(probability)) content = changed(content, change);
      continue;
    }
    // The size can become durable before the data, leaving zeros or the previous content.
    const end = change.position + change.bytes.length;
    if (end > content.length && random.chance(0.3)) content = grown(content, end, random);
    content = tornWrite(content, change.position, change.bytes, probability, random);
  }
  file.durable = content;
  file.bytes = content;
  file.pending = [];
}

function tornWrite(before: Buffer, position: number, bytes: Buffer, probability: number, random: Random): Buffer {
  let content = before;
  const end = position + bytes.length;
  for (let from = position; from < end;) {
    const to = Math.min(end, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    if (random.chance(probability)) {
      content = changed(content, {
        kind: 'write',
        position: from,
        bytes: bytes.subarray(from - position, to - position),
      });
    }
    from = to;
  }
  return content;
}

function grown(content: Buffer, sizeBytes: number, random: Random): Buffer {
  const larger = resized(content, sizeBytes);
  if (random.chance(0.5)) larger.fill(random.between(0, 255), content.length);
  return larger;
}
