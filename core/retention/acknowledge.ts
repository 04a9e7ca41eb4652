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
import { readAcknowledgement, farLargerBackups, observeLive, type Acknowledgement } from '../live/index.js';
import {
  orderOf,
  readCatalog,
  isoWithOffset,
  updateMetadata,
  pinUnderLock,
  openStore,
  checkStore,
  ACKNOWLEDGED_FILE,
  temporaryPath,
  metadataUnknown,
  type OpenStore,
  type Backup,
  type Catalog,
  type TriggerSource,
} from '../store/index.js';
import { keepPinInVault } from '../vault/index.js';

/** The features that the live database has lost. */
export interface Shrinkage {
  readonly live: FeatureCounts;
  /** The backup with the most features. */
  readonly largest: Backup;
  /** The newest backup with far more features than the live database: it is pinned, so retention keeps it. */
  readonly toPin: Backup;
}

export interface AcknowledgeOptions {
  /** The feature count shown to the user; that of the live database by default. */
  readonly featureCount?: number | undefined;
  /** False: nothing is pinned, and retention may remove every older backup. */
  readonly pin?: boolean | undefined;
  /** The source of the pin's event; `cli` by default. */
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

/** The loss that `acknowledgeShrinkage` would acknowledge; undefined without a loss. Throws the same errors. */
export async function findShrinkage(project: Project, ports: Ports): Promise<Shrinkage | undefined> {
  return await shrinkageOf(project, readCatalog(project, ports), ports);
}

/**
 * Records that the loss of features was intentional: older backups are pruned again, and warnings stop. Pins the newest
 * large backup first, because people confirm too quickly. Pruning pauses again if more than half of the acknowledged
 * features are lost too. Throws `database-not-found` or `database-damaged` if the backups cannot be compared.
 */
export async function acknowledgeShrinkage(
  project: Project,
  options: AcknowledgeOptions,
  ports: Ports,
): Promise<AcknowledgeOutcome> {
  const { storePath } = project;
  if (checkStore(project, ports) === 'missing') return { status: 'not-shrunk', acknowledgement: undefined };
  return await withStoreLock(
    storePath,
    ports,
    async (lock) => await acknowledgeUnderLock(openStore(project, ports, lock), options),
  );
}

/** The same for a caller that holds the store's lock. */
export async function acknowledgeUnderLock(store: OpenStore, options: AcknowledgeOptions): Promise<AcknowledgeOutcome> {
  const { project, ports, catalog } = store;
  const { storePath } = project;
  const shrinkage = await shrinkageOf(project, catalog, ports);
  if (shrinkage === undefined) {
    return { status: 'not-shrunk', acknowledgement: readAcknowledgement(storePath, ports.files) };
  }
  const pinned = options.pin === false ? undefined : pinLarge(store, shrinkage.toPin, options.source ?? 'cli');
  const before = readAcknowledgement(storePath, ports.files)?.pinnedIds ?? [];
  const acknowledgement: Acknowledgement = {
    at: isoWithOffset(ports.now()),
    featureCount: options.featureCount ?? shrinkage.live.total,
    upToSequence: catalog.backups.reduce((newest, backup) => Math.max(newest, orderOf(backup)), 0),
    pinnedIds: [...before, ...(pinned === undefined ? [] : [pinned.id])],
  };
  writeAcknowledgement(store, acknowledgement);
  if (pinned !== undefined) keepPinInVault(project, pinned, ports);
  return { status: 'acknowledged', acknowledgement, shrinkage, pinned };
}

/**
 * Revokes the acknowledgement; false if none exists. Also unpins the backups that acknowledging pinned, because a loss
 * is measured against unpinned backups only.
 */
export async function revokeAcknowledgement(project: Project, ports: Ports): Promise<boolean> {
  if (checkStore(project, ports) === 'missing') return false;
  const { storePath } = project;
  return await withStoreLock(storePath, ports, (lock) => {
    const path = join(storePath, ACKNOWLEDGED_FILE);
    const pinnedIds = readAcknowledgement(storePath, ports.files)?.pinnedIds ?? [];
    lock.assertHeld();
    try {
      // Unpins first: after an interruption, revoking again finishes the work.
      unpin(project, pinnedIds, ports);
      ports.files.unlinkSync(path);
      syncFolder(storePath, ports.files);
      return true;
    } catch (error) {
      if (isNotFound(error)) return false;
      throw asBackupError(error, 'revoke the acknowledgement', path);
    }
  });
}

async function shrinkageOf(project: Project, catalog: Catalog, ports: Ports): Promise<Shrinkage | undefined> {
  const { condition, counts: live, problems } = await observeLive(project, catalog, ports);
  if (condition === 'gone' || condition === 'damaged') throw comparisonUnavailable(project, condition, problems);
  if (live === undefined) return undefined;
  const acknowledgement = readAcknowledgement(project.storePath, ports.files);
  const farLarger = farLargerBackups(live.total, catalog.backups, () => acknowledgement);
  const [newest] = farLarger;
  if (newest === undefined) return undefined;
  const largest = farLarger.reduce(
    (largestSoFar, backup) => (countOf(backup) > countOf(largestSoFar) ? backup : largestSoFar),
    newest,
  );
  const verified = farLarger.find(({ metadata }) => metadata?.verified?.ok === true);
  const toPin = verified ?? farLarger.find(({ metadataProblem }) => metadataProblem === undefined) ?? newest;
  return { live, largest, toPin };
}

function countOf({ counts }: Backup): number {
  return counts.total ?? 0;
}

function comparisonUnavailable(
  project: Project,
  condition: 'gone' | 'damaged',
  problems: readonly string[],
): BackupError {
  const isMissing = condition === 'gone';
  const why = isMissing ? 'is missing' : `is damaged: ${problems.join('; ')}`;
  return new BackupError(`The live database ${why}. The backups cannot be compared with it`, {
    code: isMissing ? 'database-not-found' : 'database-damaged',
    operation: 'compare the feature counts',
    path: project.databasePath,
    hint: isMissing
      ? 'All backups are kept in the meantime. Restore a backup or start the project first.'
      : 'All backups are kept in the meantime. Run feature-backups status to see the last good one.',
  });
}

/** Called before the acknowledgement is written: an interruption then leaves only one pin too many. */
function pinLarge(store: OpenStore, backup: Backup, source: TriggerSource): Backup {
  return pinUnderLock(store, backup, { source, reason: 'kept_when_shrinkage_was_acknowledged' });
}

function unpin(project: Project, ids: readonly string[], ports: Ports): void {
  const pinned = readCatalog(project, ports).backups.filter(({ id }) => ids.includes(id));
  for (const { id, metadataProblem } of pinned) {
    // Checked for all backups before any is unpinned, because a pin skipped now would never be removed.
    if (metadataProblem !== undefined) throw metadataUnknown(id, metadataProblem, 'unpin a backup');
  }
  for (const backup of pinned.filter(({ metadata }) => metadata?.pinned === true)) {
    const unpinned = updateMetadata(project.storePath, backup, (metadata) => ({ ...metadata, pinned: false }), ports);
    keepPinInVault(project, unpinned, ports);
  }
}

function writeAcknowledgement({ project, ports, lock }: OpenStore, acknowledgement: Acknowledgement): void {
  const path = join(project.storePath, ACKNOWLEDGED_FILE);
  lock.assertHeld();
  try {
    const content = Buffer.from(`${JSON.stringify(acknowledgement, null, 2)}\n`);
    replaceFile(path, temporaryPath(project.storePath, uniqueToken(systemOf(ports))), content, ports.files);
  } catch (error) {
    throw asBackupError(error, 'write the acknowledgement', path);
  }
}
