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
  findStoredBackup,
  isoWithOffset,
  openStore,
  prepareStore,
  selectBackup,
  temporaryPath,
  metadataUnknown,
  type Backup,
  type BackupMetadata,
} from '../store/index.js';
import { inspectionProblems } from '../live/index.js';
import { publishBackup, stageImage } from '../backup/index.js';
import { copyDamaged } from './copyMetadata.js';
import type { Copy, TargetContent } from './readTarget.js';
import type { TargetFolder } from './target.js';
import { readCopy } from './verifyCopies.js';

/** Selects one copy. Throws the errors of `selectBackup`. */
export function selectCopy(folder: TargetFolder, { copies }: TargetContent, selector: string): Copy {
  const backups = copies.map(({ backup }) => backup);
  const newest = backups.find(({ kind }) => kind === 'ordinary');
  const chosen = selectBackup({ storePath: folder.place, backups, newest, totalSizeBytes: 0 }, selector);
  return copies.find(({ backup }) => backup.id === chosen.id) ?? noCopies(folder);
}

/** The order in which to try the copies if the user selected none: verified ones first, then newest first. */
export function bestFirst({ copies }: TargetContent): readonly Copy[] {
  const ordinary = copies.filter(({ backup }) => backup.kind === 'ordinary');
  const rank = ({ backup }: Copy): number => ({ true: 0, undefined: 1, false: 2 })[String(verifiedOf(backup))] ?? 1;
  return ordinary.toSorted((one, other) => rank(one) - rank(other));
}

function verifiedOf({ metadata }: Backup): boolean | undefined {
  return metadata?.verified?.ok;
}

/** Fetches the first intact copy into the store; warns of damaged ones. */
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

/** Fetches all intact copies into the store, and the history if the store has none. */
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
 * Fetches a copy into the project's store. It is published only after its checksum and SQLite's check pass. An existing
 * backup is not replaced. Throws `backup-damaged`.
 */
export async function fetchCopy(project: Project, folder: TargetFolder, copy: Copy, ports: Ports): Promise<Backup> {
  const image = await readCopy(folder, copy);
  const { backup } = copy;
  const metadata = await checkedMetadata(copy, image, folder, ports);
  prepareStore(project, ports);
  return await withStoreLock(project.storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    const existing = findStoredBackup(backup.id, project.storePath, ports);
    if (existing?.metadataProblem !== undefined)
      throw metadataUnknown(existing.id, existing.metadataProblem, 'fetch a backup');
    if (existing !== undefined) return existing.metadata?.sha256 === metadata.sha256 ? existing : nameExists(existing);
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

/** Anyone may have written the metadata at a target, so its claims about the database are checked. */
async function checkedMetadata(
  { backup, copy }: Copy,
  image: Buffer,
  folder: TargetFolder,
  ports: Ports,
): Promise<BackupMetadata> {
  const metadata: BackupMetadata = { ...copy.metadata, sideFiles: undefined };
  // A saved damaged database is fetched unchanged.
  if (backup.kind === 'emergency' && (metadata.problems ?? []).length > 0) return metadata;
  const inspection = await inspectImage(image, 'integrity_check');
  const problems = inspectionProblems(inspection);
  if (problems.length > 0) throw copyDamaged(backup.id, folder.place, problems.join('; '));
  return {
    ...metadata,
    featureCount: inspection.counts?.total,
    passingCount: inspection.counts?.passing,
    inProgressCount: inspection.counts?.inProgress,
    verified: { at: isoWithOffset(ports.now()), check: 'integrity_check', ok: true },
  };
}

/** Only into a store without a history: two cannot be merged. Each state is verified when it is rebuilt. */
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
  throw new BackupError(`No intact copy of a backup exists at ${place}`, {
    code: 'backup-not-found',
    operation: 'fetch a backup',
    hint: 'Run feature-backups list --from to see the copies there.',
  });
}

function nameExists({ id, path }: Backup): never {
  throw new BackupError(`The store has a different backup named ${id}`, {
    code: 'io',
    operation: 'fetch a backup',
    path,
    hint: 'Restore it to another folder.',
  });
}
