import { join } from 'node:path';
import {
  describeBackup,
  newestFirst,
  parseBackupName,
  MAX_METADATA_BYTES,
  LISTED_BACKUP_BYTES,
  ReadingBudget,
  type Backup,
} from '../store/index.js';
import { segmentNumber } from '../history/index.js';
import { parseCopyMetadata, type CopyMetadata } from './copyMetadata.js';
import type { TargetCache } from './targetCache.js';
import { idOfImage, imageName, isTemporaryName, metadataName, PROJECT_FILE } from './targetNames.js';
import type { ListedFile, TargetFolder } from './target.js';

/** A complete copy of a backup at a target. */
export interface Copy {
  readonly backup: Backup;
  readonly copy: CopyMetadata;
}

/** The content of a project's folder at a target. */
export interface TargetContent {
  /** Newest first. A copy needs its metadata, and an image of the size stated there. */
  readonly copies: readonly Copy[];
  /** The names of all regular files. */
  readonly names: ReadonlySet<string>;
  /** Images without metadata, left by an interrupted sync. */
  readonly orphanedImages: readonly ListedFile[];
  /** Names of images whose metadata is damaged or too large. They may be pinned. */
  readonly withDamagedMetadata: readonly string[];
  readonly temporary: readonly ListedFile[];
  /** Segments of the history. */
  readonly segments: readonly ListedFile[];
  /** The text of `project.json`. */
  readonly description: Buffer | undefined;
}

/**
 * Lists a project's folder and reads the metadata that is not cached. Other files are ignored. Throws the errors of the
 * budget, because no plan may be based on an incomplete list.
 */
export async function readTarget(
  folder: TargetFolder,
  cache?: TargetCache,
  budget: ReadingBudget = new ReadingBudget(folder.place),
): Promise<TargetContent> {
  const listed = new Map((await folder.list()).map((file) => [file.name, file]));
  const ids = [...listed.keys()].map(idOfImage).filter((id) => id !== undefined);
  const small = await readSmallFiles(folder, [...ids.map(metadataName), PROJECT_FILE], listed, cache);
  const copies: Copy[] = [];
  const orphanedImages: ListedFile[] = [];
  const withDamagedMetadata: string[] = [];
  for (const id of ids) {
    const image = listed.get(imageName(id));
    if (image === undefined) continue;
    const metadata = small.get(metadataName(id));
    // The text and the parsed metadata are both in memory.
    budget.spend(2 * (metadata?.length ?? 0) + LISTED_BACKUP_BYTES);
    const copy = metadata && parseCopyMetadata(metadata);
    if (copy === undefined && listed.has(metadataName(id))) withDamagedMetadata.push(image.name);
    else if (copy === undefined) orphanedImages.push(image);
    else if (copy.stored.sizeBytes === image.sizeBytes)
      copies.push({ backup: backupOf(id, folder, image, copy), copy });
  }
  cache?.keepOnly(new Set(small.keys()));
  const files = [...listed.values()];
  return {
    copies: copies.sort((one, other) => newestFirst(one.backup, other.backup)),
    names: new Set(listed.keys()),
    orphanedImages,
    withDamagedMetadata,
    temporary: files.filter(({ name }) => isTemporaryName(name)),
    segments: files.filter(({ name }) => segmentNumber(name) !== undefined),
    description: small.get(PROJECT_FILE),
  };
}

/** More than the metadata of any real project. */
const MAX_SMALL_FILES_BYTES = 256 * 1024 * 1024;

async function readSmallFiles(
  folder: TargetFolder,
  names: readonly string[],
  listed: ReadonlyMap<string, ListedFile>,
  cache: TargetCache | undefined,
): Promise<ReadonlyMap<string, Buffer>> {
  const contents = new Map<string, Buffer>();
  const uncached: string[] = [];
  let sizeBytes = 0;
  for (const name of names) {
    const file = listed.get(name);
    if (file === undefined || file.sizeBytes > MAX_METADATA_BYTES) continue;
    const cached = cache?.get(name, file.sizeBytes);
    if (cached !== undefined) contents.set(name, cached);
    else if (sizeBytes + file.sizeBytes <= MAX_SMALL_FILES_BYTES) {
      uncached.push(name);
      sizeBytes += file.sizeBytes;
    }
  }
  if (uncached.length === 0) return contents;
  for (const [name, content] of await folder.read(uncached, sizeBytes + MAX_METADATA_BYTES)) {
    contents.set(name, content);
    cache?.set(name, content);
  }
  return contents;
}

function backupOf(id: string, { place }: TargetFolder, image: ListedFile, { metadata }: CopyMetadata): Backup {
  const name = parseBackupName(imageName(id)) ?? unexpected(id);
  const stats = { size: image.sizeBytes, mtime: image.modifiedAt ?? new Date(0) };
  return describeBackup(name, join(place, image.name), stats, { metadata }, new Set());
}

function unexpected(id: string): never {
  throw new Error(`${id} is not the name of a backup`);
}
