import { basename } from 'node:path';
import { readWhole, OPEN_FOR_READING, asBackupError, isNotFound, type Ports } from '../system/index.js';
import type { Project } from '../project/index.js';
import { readStoreNames } from '../store/index.js';
import { isSegmentSize, segmentNumber, segmentsAmong, type SegmentFile } from '../history/index.js';
import type { ListedFile, TargetFolder } from './target.js';

export interface HistoryAtTarget {
  readonly project: Project;
  readonly folder: TargetFolder;
  /** The segments that it lists. */
  readonly there: readonly ListedFile[];
  readonly mayRemove: boolean;
}

/**
 * Copies the segments of the history that are not there, or that have grown since. A segment that is cut off on its way
 * has another size than the one here, and is copied again. Beyond `history.maxBytes` the oldest go, but none that is
 * still here.
 */
export async function copyHistory(
  { project, folder, there, mayRemove }: HistoryAtTarget,
  ports: Ports,
): Promise<{ readonly copied: readonly string[]; readonly bytes: number }> {
  const here = segmentsAmong(project.storePath, readStoreNames(project.storePath, ports), ports.files);
  const sizes = new Map(there.map(({ name, sizeBytes }) => [name, sizeBytes]));
  const copied: string[] = [];
  let bytes = 0;
  for (const segment of here) {
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
    const names = new Set(here.map(({ path }) => basename(path)));
    await folder.remove(tooMany(sizes, names, project.configuration.history.maxBytes));
  }
  return { copied, bytes };
}

/** The oldest that are only there, as far as it takes to come below the bound. */
function tooMany(sizes: ReadonlyMap<string, number>, here: ReadonlySet<string>, maxBytes: number): readonly string[] {
  let sizeBytes = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  const oldestFirst = [...sizes].sort(([one], [other]) => (segmentNumber(one) ?? 0) - (segmentNumber(other) ?? 0));
  const names: string[] = [];
  for (const [name, size] of oldestFirst) {
    if (sizeBytes <= maxBytes) break;
    if (here.has(name)) continue;
    names.push(name);
    sizeBytes -= size;
  }
  return names;
}

/** Undefined where it has been dropped meanwhile. It only ever grows at its end, which a reader can tell. */
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
