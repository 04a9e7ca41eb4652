import { basename } from 'node:path';
import { readWhole, OPEN_FOR_READING, asBackupError, isNotFound, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readStoreNames } from '../store/index.js';
import { isSegmentSize, segmentNumber, segmentsAmong, type SegmentFile } from '../history/index.js';
import type { ListedFile, TargetFolder } from './target.js';

export interface HistoryAtTarget {
  readonly project: Project;
  readonly folder: TargetFolder;
  /** The segments listed at the target. */
  readonly listed: readonly ListedFile[];
  readonly mayRemove: boolean;
}

/**
 * Copies the segments that are missing at the target or have grown. An incomplete segment differs in size and is copied
 * again. Beyond `history.maxBytes`, removes the oldest ones, but none that still exists in the store.
 */
export async function copyHistory(
  { project, folder, listed, mayRemove }: HistoryAtTarget,
  ports: Ports,
): Promise<{ readonly copied: readonly string[]; readonly bytes: number }> {
  const local = segmentsAmong(project.storePath, readStoreNames(project.storePath, ports), ports.files);
  const sizes = new Map(listed.map(({ name, sizeBytes }) => [name, sizeBytes]));
  const copied: string[] = [];
  let bytes = 0;
  for (const segment of local) {
    const name = basename(segment.path);
    if (sizes.get(name) === segment.sizeBytes || !isSegmentSize(segment.sizeBytes)) continue;
    const content = readSegmentFile(segment, ports);
    if (content === undefined) continue;
    await folder.put([{ name, content }]);
    sizes.set(name, content.length);
    copied.push(name);
    bytes += content.length;
  }
  if (mayRemove) {
    const names = new Set(local.map(({ path }) => basename(path)));
    await folder.remove(surplusSegments(sizes, names, project.configuration.history.maxBytes));
  }
  return { copied, bytes };
}

/** The oldest segments that exist only at the target, as many as exceed the limit. */
function surplusSegments(
  sizes: ReadonlyMap<string, number>,
  local: ReadonlySet<string>,
  maxBytes: number,
): readonly string[] {
  let sizeBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const oldestFirst = [...sizes].sort(([one], [other]) => (segmentNumber(one) ?? 0) - (segmentNumber(other) ?? 0));
  const names: string[] = [];
  for (const [name, size] of oldestFirst) {
    if (sizeBytes <= maxBytes) break;
    if (local.has(name)) continue;
    names.push(name);
    sizeBytes -= size;
  }
  return names;
}

/** Undefined if it was deleted meanwhile. It may grow while it is read: readers ignore an incomplete end. */
function readSegmentFile({ path }: SegmentFile, { files }: Ports): Buffer | undefined {
  try {
    const descriptor = files.openSync(path, OPEN_FOR_READING);
    try {
      const { size } = files.fstatSync(descriptor);
      return isSegmentSize(size) ? readWhole(descriptor, size, files) : undefined;
    } finally {
      files.closeSync(descriptor);
    }
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw asBackupError(error, 'read the history', path);
  }
}
