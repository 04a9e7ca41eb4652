import { join } from 'node:path';
import {
  asBackupError,
  BackupError,
  isNotFound,
  replaceFile,
  syncFolder,
  withStoreLock,
  uniqueToken,
  systemOf,
  type Ports,
} from '../system/index.js';
import type { FeatureCounts } from '../database/index.js';
import type { Project } from '../project/index.js';
import { readAcknowledgement, missedBackups, observeLive, type Acknowledgement } from '../live/index.js';
import {
  orderOf,
  readCatalog,
  isoWithOffset,
  updateMetadata,
  openStore,
  checkStore,
  recordEvent,
  ACKNOWLEDGED_FILE,
  temporaryPath,
  metadataUnknown,
  type OpenStore,
  type Backup,
  type Catalog,
  type TriggerSource,
} from '../store/index.js';

/** What the live database has lost. */
export interface Shrinkage {
  readonly live: FeatureCounts;
  /** The backup that holds the most features. */
  readonly largest: Backup;
  /** The newest of those that hold far more than the live database: it is pinned, so that retention leaves it alone. */
  readonly toPin: Backup;
}

export interface AcknowledgeOptions {
  /** How many features the user was told that there are; those of the live database by default. */
  readonly featureCount?: number | undefined;
  /** False: nothing is pinned, and retention may take every backup from before. */
  readonly pin?: boolean | undefined;
  /** Who asked; `cli` by default. */
  readonly source?: TriggerSource | undefined;
}

export type AcknowledgeOutcome =
  /** The live database has not shrunk. */
  | { readonly status: 'not-shrunk'; readonly acknowledgement: Acknowledgement | undefined }
  | {
      readonly status: 'acknowledged';
      readonly acknowledgement: Acknowledgement;
      readonly shrinkage: Shrinkage;
      readonly pinned: Backup | undefined;
    };

/** What `acknowledgeShrinkage` would take as meant; undefined where nothing has shrunk. Throws as that does. */
export async function findShrinkage(project: Project, ports: Ports): Promise<Shrinkage | undefined> {
  return await shrinkageOf(project, readCatalog(project, ports), ports);
}

/**
 * Notes in the store that the live database is meant to be as small as it is: from then on older backups are pruned
 * again, and the warnings stop. The newest of the large ones is pinned first, for a word is given quickly. If half of
 * what was acknowledged is lost as well, everything stands still again. Throws `database-not-found` and
 * `database-damaged`: there is then nothing to compare with.
 */
export async function acknowledgeShrinkage(
  project: Project,
  options: AcknowledgeOptions,
  ports: Ports,
): Promise<AcknowledgeOutcome> {
  const { storePath } = project;
  if (checkStore(project, ports) === 'missing') return { status: 'not-shrunk', acknowledgement: undefined };
  return await withStoreLock(storePath, ports, async (lock) => {
    const store = openStore(project, ports, lock);
    const shrinkage = await shrinkageOf(project, store.catalog, ports);
    if (shrinkage === undefined) {
      return { status: 'not-shrunk', acknowledgement: readAcknowledgement(storePath, ports.files) };
    }
    const pinned = options.pin === false ? undefined : pinLarge(store, shrinkage.toPin, options.source ?? 'cli');
    const before = readAcknowledgement(storePath, ports.files)?.pinnedIds ?? [];
    const acknowledgement: Acknowledgement = {
      at: isoWithOffset(ports.now()),
      featureCount: options.featureCount ?? shrinkage.live.total,
      upToSequence: store.catalog.backups.reduce((newest, backup) => Math.max(newest, orderOf(backup)), 0),
      pinnedIds: [...before, ...(pinned === undefined ? [] : [pinned.id])],
    };
    write(store, acknowledgement);
    return { status: 'acknowledged', acknowledgement, shrinkage, pinned };
  });
}

/**
 * Takes that word back; false where none was given. What was pinned with it is unpinned, so that it counts again: a
 * pinned backup is safe, and would not be missed.
 */
export async function revokeAcknowledgement(project: Project, ports: Ports): Promise<boolean> {
  if (checkStore(project, ports) === 'missing') return false;
  const { storePath } = project;
  return await withStoreLock(storePath, ports, (lock) => {
    const path = join(storePath, ACKNOWLEDGED_FILE);
    const pinnedIds = readAcknowledgement(storePath, ports.files)?.pinnedIds ?? [];
    lock.assertHeld();
    try {
      // First: stopped in between, taking it back once more does the rest.
      unpin(project, pinnedIds, ports);
      ports.files.unlinkSync(path);
      syncFolder(storePath, ports.files);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw asBackupError(error, 'take back what was acknowledged', path);
    }
  });
}

async function shrinkageOf(project: Project, catalog: Catalog, ports: Ports): Promise<Shrinkage | undefined> {
  const { condition, counts: live, problems } = await observeLive(project, catalog, ports);
  if (condition === 'gone' || condition === 'damaged') throw nothingToCompare(project, condition, problems);
  if (live === undefined) return undefined;
  const acknowledgement = readAcknowledgement(project.storePath, ports.files);
  const missed = missedBackups(live.total, catalog.backups, () => acknowledgement);
  const [newest] = missed;
  if (newest === undefined) return undefined;
  const largest = missed.reduce(
    (largestCount, backup) => (countOf(backup) > countOf(largestCount) ? backup : largestCount),
    newest,
  );
  const verified = missed.find(({ metadata }) => metadata?.verified?.ok === true);
  const toPin = verified ?? missed.find(({ metadataProblem }) => metadataProblem === undefined) ?? newest;
  return { live, largest, toPin };
}

function countOf({ counts }: Backup): number {
  return counts.total ?? 0;
}

function nothingToCompare(project: Project, condition: 'gone' | 'damaged', problems: readonly string[]): BackupError {
  const isMissing = condition === 'gone';
  const why = isMissing ? 'is gone' : `is damaged: ${problems.join('; ')}`;
  return new BackupError(`The live database ${why}. There is nothing yet to compare the backups with`, {
    code: isMissing ? 'database-not-found' : 'database-damaged',
    operation: 'look for what is missing',
    path: project.databasePath,
    hint: isMissing
      ? 'Every backup stays meanwhile. Once the project has a database again, this can be acknowledged.'
      : 'Every backup stays meanwhile. `feature-backups status` shows the last good one.',
  });
}

/** Before the acknowledgement is written: killed in between, there is one more pinned backup, and still nothing is pruned. */
function pinLarge(store: OpenStore, backup: Backup, source: TriggerSource): Backup {
  const noted = recordEvent(store, backup, { source, reason: 'kept_when_shrinkage_was_acknowledged' }, undefined);
  store.lock.assertHeld();
  const { storePath } = store.project;
  return updateMetadata(storePath, noted, (metadata) => ({ ...metadata, pinned: true }), store.ports);
}

function unpin(project: Project, ids: readonly string[], ports: Ports): void {
  const named = readCatalog(project, ports).backups.filter(({ id }) => ids.includes(id));
  for (const { id, metadataProblem } of named) {
    // Before any is unpinned: forgotten here, its pin would outlive the word for ever.
    if (metadataProblem !== undefined) throw metadataUnknown(id, metadataProblem, 'unpin a backup');
  }
  for (const backup of named.filter(({ metadata }) => metadata?.pinned === true)) {
    updateMetadata(project.storePath, backup, (metadata) => ({ ...metadata, pinned: false }), ports);
  }
}

function write({ project, ports, lock }: OpenStore, acknowledgement: Acknowledgement): void {
  const path = join(project.storePath, ACKNOWLEDGED_FILE);
  lock.assertHeld();
  try {
    const content = Buffer.from(`${JSON.stringify(acknowledgement, null, 2)}\n`);
    replaceFile(path, temporaryPath(project.storePath, uniqueToken(systemOf(ports))), content, ports.files);
  } catch (error) {
    throw asBackupError(error, 'note what was acknowledged', path);
  }
}
