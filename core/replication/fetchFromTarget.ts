import { join } from 'node:path';
import { inspectImage } from '../database/index.js';
import {
  asBackupError,
  BackupError,
  publishFile,
  syncFolder,
  writeNewFile,
  withStoreLock,
  uniqueToken,
  systemOf,
  type Ports,
} from '../system/index.js';
import type { Project } from '../project/index.js';
import { isSegmentSize, segmentNumber } from '../history/index.js';
import {
  isoWithOffset,
  openStore,
  prepareStore,
  selectBackup,
  temporaryPath,
  metadataUnknown,
  type Backup,
  type BackupMetadata,
} from '../store/index.js';
import { problemsOf } from '../live/index.js';
import { publishBackup, stageImage } from '../backup/index.js';
import { copyDamaged } from './copyMetadata.js';
import type { Copy, TargetContent } from './readTarget.js';
import type { TargetFolder } from './target.js';
import { readCopy } from './verifyCopies.js';

/** The one copy that a selector means. Throws as `selectBackup` does. */
export function selectCopy(folder: TargetFolder, { copies }: TargetContent, selector: string): Copy {
  const backups = copies.map(({ backup }) => backup);
  const newest = backups.find(({ kind }) => kind === 'ordinary');
  const chosen = selectBackup({ storePath: folder.place, backups, newest, totalSizeBytes: 0 }, selector);
  return copies.find(({ backup }) => backup.id === chosen.id) ?? noCopies(folder);
}

/** In the order in which they are to be tried where none is named: the newest that verified first. */
export function bestFirst({ copies }: TargetContent): readonly Copy[] {
  const ordinary = copies.filter(({ backup }) => backup.kind === 'ordinary');
  const rank = ({ backup }: Copy): number => ({ true: 0, undefined: 1, false: 2 })[String(verdictOf(backup))] ?? 1;
  return ordinary.toSorted((one, other) => rank(one) - rank(other));
}

function verdictOf({ metadata }: Backup): boolean | undefined {
  return metadata?.verified?.ok;
}

/** The first of these that is sound, in the store; those that are damaged are told of, and passed over. */
export async function fetchFirst(
  project: Project,
  folder: TargetFolder,
  copies: readonly Copy[],
  ports: Ports,
): Promise<Backup> {
  for (const copy of copies) {
    const backup = await fetchUnlessDamaged(project, folder, copy, ports);
    if (backup !== undefined) return backup;
  }
  return noCopies(folder);
}

/** All that is sound, in the store, with the history where the store has none of its own. */
export async function fetchAll(
  project: Project,
  folder: TargetFolder,
  content: TargetContent,
  ports: Ports,
): Promise<readonly Backup[]> {
  const fetched: Backup[] = [];
  for (const [index, copy] of content.copies.entries()) {
    ports.onProgress?.(`fetching ${copy.backup.id}`, index / content.copies.length);
    const backup = await fetchUnlessDamaged(project, folder, copy, ports);
    if (backup !== undefined) fetched.push(backup);
  }
  await fetchHistory(project, folder, content, ports);
  return fetched;
}

async function fetchUnlessDamaged(
  project: Project,
  folder: TargetFolder,
  copy: Copy,
  ports: Ports,
): Promise<Backup | undefined> {
  try {
    return await fetchCopy(project, folder, copy, ports);
  } catch (error) {
    if (!(error instanceof BackupError) || error.code !== 'backup-damaged') throw error;
    ports.onWarning?.(error.message);
    return undefined;
  }
}

/**
 * Puts a copy into the project's store, as a backup like any other: it gets its name only once it has been proved to be
 * what was copied, and passed SQLite's own check. One that is there already is left as it is. Throws `backup-damaged`.
 */
export async function fetchCopy(project: Project, folder: TargetFolder, copy: Copy, ports: Ports): Promise<Backup> {
  const image = await readCopy(folder, copy);
  const { backup } = copy;
  const metadata = await checkedMetadata(copy, image, folder, ports);
  prepareStore(project, ports);
  return await withStoreLock(project.storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    const there = store.catalog.backups.find(({ id }) => id === backup.id);
    if (there?.metadataProblem !== undefined) throw metadataUnknown(there.id, there.metadataProblem, 'fetch a backup');
    if (there !== undefined) return there.metadata?.sha256 === metadata.sha256 ? there : nameTaken(there);
    const { featureCount: total, passingCount: passing = 0, inProgressCount: inProgress = 0 } = metadata;
    return publishBackup(store, {
      kind: backup.kind,
      idOf: (number) => (number === 1 ? backup.id : noCopies(folder)),
      createdAt: backup.createdAt,
      imageTemporaryPath: await stageImage(store, image),
      sizeBytes: image.length,
      sideFiles: [],
      counts: total === undefined ? undefined : { total, passing, inProgress },
      metadata,
    });
  });
}

/** What lies at a target may have been written by anybody: what its metadata say of the database is found out anew. */
async function checkedMetadata(
  { backup, copy }: Copy,
  image: Buffer,
  folder: TargetFolder,
  ports: Ports,
): Promise<BackupMetadata> {
  const metadata: BackupMetadata = { ...copy.metadata, sideFiles: undefined };
  // What was saved of a damaged database is given back byte for byte.
  if (backup.kind === 'emergency' && (metadata.problems ?? []).length > 0) return metadata;
  const inspection = await inspectImage(image, 'integrity_check');
  const problems = problemsOf(inspection);
  if (problems.length > 0) throw copyDamaged(backup.id, folder.place, problems.join('; '));
  return {
    ...metadata,
    featureCount: inspection.counts?.total,
    passingCount: inspection.counts?.passing,
    inProgressCount: inspection.counts?.inProgress,
    verified: { at: isoWithOffset(ports.now()), check: 'integrity_check', ok: true },
  };
}

/** Two histories do not go together; each state in a segment is checked when it is rebuilt. */
async function fetchHistory(
  project: Project,
  folder: TargetFolder,
  { segments }: TargetContent,
  ports: Ports,
): Promise<void> {
  if (segments.length === 0) return;
  const { storePath } = project;
  prepareStore(project, ports);
  await withStoreLock(storePath, ports, async (lock) => {
    const { names } = openStore(project, ports, lock);
    if ([...names].some((name) => segmentNumber(name) !== undefined)) return;
    try {
      for (const { name, sizeBytes } of segments.filter((segment) => isSegmentSize(segment.sizeBytes))) {
        const content = (await folder.read([name], sizeBytes + SLACK_BYTES)).get(name);
        if (content === undefined) continue;
        lock.assertHeld();
        const temporary = temporaryPath(storePath, uniqueToken(systemOf(ports)));
        writeNewFile(temporary, content, ports.files);
        publishFile(temporary, join(storePath, name), ports.files);
      }
      syncFolder(storePath, ports.files);
    } catch (error) {
      throw asBackupError(error, 'fetch the history', storePath);
    }
  });
}

const SLACK_BYTES = 64 * 1024;

function noCopies({ place }: TargetFolder): never {
  throw new BackupError(`There is no sound copy of a backup at ${place}`, {
    code: 'backup-not-found',
    operation: 'fetch a backup',
    hint: '`feature-backups list --from` shows what lies there.',
  });
}

function nameTaken({ id, path }: Backup): never {
  throw new BackupError(`The store has another backup that is called ${id}`, {
    code: 'io',
    operation: 'fetch a backup',
    path,
    hint: 'Restore into another folder.',
  });
}
