import { BackupError, countInWords, systemOf, type StoreLock, type Ports } from '../system/index.js';
import type { Project, ReplicationTarget, RetentionPolicy } from '../project/index.js';
import { readAcknowledgement, isShrunk, observeLive, type LiveCondition } from '../live/index.js';
import {
  readCatalog,
  ReadingBudget,
  readStoreNames,
  warnOfUnknownMetadata,
  type Backup,
  type Catalog,
} from '../store/index.js';
import { copyHistory } from './copyHistory.js';
import type { TargetCache } from './targetCache.js';
import type { SpaceLimit } from './spaceLimit.js';
import { packBackup, type PackedBackup } from './packBackup.js';
import { planSync, type SyncPlan, type Skipped } from './planSync.js';
import { describeProject } from './projectDescription.js';
import { readTarget, type Copy, type TargetContent } from './readTarget.js';
import type { ReplicateOptions, StoreIdentity, NewFile, Target, TargetFolder } from './target.js';
import { assertOwnFolder } from './storeIdentity.js';
import { idOfImage, imageName, isSmallFileName, metadataName, PROJECT_FILE } from './targetNames.js';
import { verifyCopies } from './verifyCopies.js';

/** The result of a sync to a target, or the plan in a dry run. */
export interface SyncOutcome {
  /** Ids of backups. */
  readonly copied: readonly string[];
  /** Copies of which only the metadata was updated. */
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  /** Names of the segments copied. */
  readonly segments: readonly string[];
  /** The number of complete copies that already existed. */
  readonly presentCount: number;
  readonly copiedBytes: number;
  /** The number of copies read back and verified; undefined if not requested. */
  readonly verifiedCount: number | undefined;
  /** Damaged copies. Those with a local backup have been replaced. */
  readonly damaged: readonly string[];
  readonly skipped: readonly Skipped[];
}

export interface TargetSync {
  readonly project: Project;
  /** The backups to sync. */
  readonly catalog: Catalog;
  readonly target: ReplicationTarget;
  readonly opened: Target;
  readonly identity: StoreIdentity;
  readonly cache: TargetCache;
  readonly lock: StoreLock;
  readonly options: ReplicateOptions;
  /** Limits the size of the copies; unlimited by default. */
  readonly limit?: ((plan: SyncPlan, content: TargetContent) => SpaceLimit) | undefined;
  readonly ports: Ports;
  /** Called with the work done so far after each step. */
  readonly onProgress: (done: SyncOutcome) => void;
}

/**
 * Syncs the store to one target. Metadata is written last and removed first, so an interrupted copy never counts as one
 * and is repeated by the next run.
 *
 * Returns a problem found by a completed run; throws if the run cannot be completed.
 */
export async function syncTarget(sync: TargetSync): Promise<BackupError | undefined> {
  return await new SyncRun(sync).run();
}

/** Large enough to start rclone rarely, small enough to repeat little work after an interruption. */
const MAX_BATCH_FILES = 16;
const MAX_BATCH_BYTES = 32 * 1024 * 1024;

/** Newer leftovers may belong to a sync that is still running, perhaps on another machine. */
const MIN_TEMPORARY_AGE_MS = 60 * 60 * 1000;
const MIN_ORPHAN_AGE_MS = 7 * 24 * 60 * 60 * 1000;

class SyncRun {
  readonly #sync: TargetSync;
  readonly #folder: TargetFolder;
  readonly #cache: TargetCache;
  /** The names of the metadata files at the target. */
  readonly #metadataNames = new Set<string>();
  #done: SyncOutcome;

  constructor(sync: TargetSync) {
    this.#sync = sync;
    this.#folder = sync.opened.folder(sync.identity.key);
    this.#cache = sync.cache;
    this.#done = {
      ...{ copied: [], updated: [], removed: [], segments: [], presentCount: 0, copiedBytes: 0 },
      ...{ verifiedCount: undefined, damaged: [], skipped: [] },
    };
  }

  async run(): Promise<BackupError | undefined> {
    const { catalog, options, ports } = this.#sync;
    if (options.verify === true) this.#cache.invalidate();
    const budget = new ReadingBudget(this.#folder.place, {}, systemOf(ports));
    const content = await readTarget(this.#folder, this.#cache, budget);
    assertOwnFolder(this.#sync.identity, this.#folder.place, content.description, ports);
    for (const name of content.names) if (isSmallFileName(name)) this.#metadataNames.add(name);
    this.#warnOfUnknownMetadata(catalog, content);
    const { plan: unlimited, live } = await this.#plan(catalog, content);
    let plan = unlimited;
    this.#note({ presentCount: plan.present.length, skipped: plan.skipped });
    if (options.dryRun === true) {
      const ids = (copies: readonly Copy[]) => copies.map(({ backup }) => backup.id);
      this.#note({
        copied: plan.copy.map(({ id }) => id),
        updated: plan.update.map(({ id }) => id),
        removed: ids(plan.remove),
      });
      return undefined;
    }
    await this.#describe(content);
    const limit = this.#sync.limit?.(plan, content);
    await this.#copy(limit?.copy ?? plan.copy, limit);
    plan = limit?.limited() ?? plan;
    await this.#update(plan);
    await this.#copyHistory(content, live);
    await this.#remove(plan, content, live);
    return options.verify === true ? await this.#verify(plan, content) : undefined;
  }

  /** Detects the live state only if something may be removed. */
  async #plan(
    catalog: Catalog,
    { copies, segments, orphanedImages }: TargetContent,
  ): Promise<{ plan: SyncPlan; live: LiveCondition }> {
    const { project, target, ports } = this.#sync;
    const store = project.configuration.retention;
    const policies = { store, target: mergePolicies(store, target.retention) };
    const planFor = (live: LiveCondition) => planSync(catalog.backups, copies, policies, ports.now(), live);
    const plan = planFor('sound');
    const keepsAll = plan.remove.length === 0 && plan.copy.length + plan.present.length >= catalog.backups.length;
    const local = new Set(segments.length === 0 ? [] : readStoreNames(project.storePath, ports));
    const hasOnlyLocal = orphanedImages.length === 0 && segments.every(({ name }) => local.has(name));
    if (keepsAll && hasOnlyLocal) return { plan, live: 'sound' };
    const live = await detectCondition(project, catalog, copies, ports);
    return { plan: live === 'sound' ? plan : planFor(live), live };
  }

  #warnOfUnknownMetadata({ backups }: Catalog, { withDamagedMetadata }: TargetContent): void {
    const { ports, target } = this.#sync;
    warnOfUnknownMetadata(backups, ports);
    const local = new Set(backups.map(({ id }) => imageName(id)));
    // Copies with a local backup are replaced.
    const lost = withDamagedMetadata.filter((name) => !local.has(name));
    if (lost.length === 0) return;
    const names = lost.slice(0, MAX_SHOWN_NAMES).join(', ') + (lost.length > MAX_SHOWN_NAMES ? ' …' : '');
    ports.onWarning?.(
      `The metadata of ${countInWords(lost.length, 'copy', 'copies')} on ${target.name} is damaged; nothing was removed (${names})`,
    );
  }

  async #describe({ description }: TargetContent): Promise<void> {
    const { project, identity } = this.#sync;
    const expected = describeProject(project, identity);
    if (description?.equals(expected) !== true) await this.#putSmall([{ name: PROJECT_FILE, content: expected }]);
  }

  async #copy(backups: readonly Backup[], limit?: SpaceLimit): Promise<void> {
    let batch: PackedBackup[] = [];
    let batchBytes = 0;
    for (const [index, backup] of backups.entries()) {
      this.#progress(`copying ${backup.id}`, index / backups.length);
      const packed = limit?.hasRoomFor(backup) === false ? undefined : await this.#pack(backup);
      if (packed === undefined || limit?.reserve(backup, packed.content.length) === false) continue;
      batch.push(packed);
      batchBytes += packed.content.length;
      if (batch.length < MAX_BATCH_FILES && batchBytes < MAX_BATCH_BYTES) continue;
      await this.#put(batch);
      batch = [];
      batchBytes = 0;
    }
    await this.#put(batch);
  }

  async #pack(backup: Backup): Promise<PackedBackup | undefined> {
    const { project, ports } = this.#sync;
    try {
      return await packBackup(project, backup, ports);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'backup-damaged') throw error;
      this.#note({ skipped: [...this.#done.skipped, { id: backup.id, why: 'damaged' }] });
      return undefined;
    }
  }

  /** Puts the images, verifies them, and only then puts the metadata. */
  async #put(batch: readonly PackedBackup[]): Promise<void> {
    if (batch.length === 0) return;
    const ids = batch.map(({ backup }) => backup.id);
    this.#sync.lock.assertHeld();
    // Removes the old metadata of replaced copies first, as it does not match the new image.
    await this.#folder.remove(ids.map(metadataName).filter((name) => this.#metadataNames.has(name)));
    await this.#folder.put(batch.map(({ backup, content }) => ({ name: imageName(backup.id), content })));
    this.#sync.lock.assertHeld();
    await this.#putSmall(
      batch.map(({ backup, copy }) => ({ name: metadataName(backup.id), content: Buffer.from(copy.text) })),
    );
    const bytes = batch.reduce((sum, { content }) => sum + content.length, 0);
    this.#note({ copied: [...this.#done.copied, ...ids], copiedBytes: this.#done.copiedBytes + bytes });
  }

  async #update({ update }: SyncPlan): Promise<void> {
    this.#sync.lock.assertHeld();
    await this.#putSmall(update.map(({ id, copy }) => ({ name: metadataName(id), content: Buffer.from(copy.text) })));
    this.#note({ updated: update.map(({ id }) => id) });
  }

  async #putSmall(files: readonly NewFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#folder.put(files);
    for (const { name, content } of files) {
      this.#metadataNames.add(name);
      this.#cache.set(name, content);
    }
  }

  async #copyHistory(content: TargetContent, live: LiveCondition): Promise<void> {
    const { project, ports, lock } = this.#sync;
    lock.assertHeld();
    const mayRemove = live === 'sound';
    const { copied, bytes } = await copyHistory(
      { project, folder: this.#folder, listed: content.segments, mayRemove },
      ports,
    );
    this.#note({ segments: copied, copiedBytes: this.#done.copiedBytes + bytes });
  }

  async #remove(
    { remove }: SyncPlan,
    { temporary, orphanedImages }: TargetContent,
    live: LiveCondition,
  ): Promise<void> {
    const { lock, ports } = this.#sync;
    const nowMs = ports.now().getTime();
    const isOlderThan = (ageMs: number) => (file: { readonly modifiedAt: Date | undefined }) =>
      file.modifiedAt !== undefined && nowMs - file.modifiedAt.getTime() > ageMs;
    const ids = remove.map(({ backup }) => backup.id);
    const copiedNow = new Set(this.#done.copied.map(imageName));
    lock.assertHeld();
    await this.#folder.remove(ids.map(metadataName));
    for (const id of ids) this.#cache.delete(metadataName(id));
    const oldOrphans =
      live === 'sound' ? orphanedImages.filter(isOlderThan(MIN_ORPHAN_AGE_MS)).map(({ name }) => name) : [];
    await this.#folder.remove([
      ...ids.map(imageName),
      ...oldOrphans.filter((name) => !copiedNow.has(name)),
      ...temporary.filter(isOlderThan(MIN_TEMPORARY_AGE_MS)).map(({ name }) => name),
    ]);
    this.#note({ removed: ids });
  }

  /** Replaces damaged copies that still have a local backup. */
  async #verify({ present }: SyncPlan, { withDamagedMetadata }: TargetContent): Promise<BackupError | undefined> {
    const { project, ports } = this.#sync;
    const verified = await verifyCopies(this.#folder, present, (step, fraction) => this.#progress(step, fraction));
    const unverifiable = withDamagedMetadata.map(idOfImage).filter((id) => id !== undefined);
    const damaged = [...verified.damaged, ...unverifiable.filter((id) => !this.#done.copied.includes(id))];
    this.#note({ verifiedCount: verified.sound.length, damaged });
    if (damaged.length === 0) return undefined;
    const bad = new Set(damaged);
    const { backups } = readCatalog(project, ports);
    // A local backup with unknown metadata must not replace the copy's metadata.
    await this.#copy(backups.filter(({ id, metadataProblem }) => bad.has(id) && metadataProblem === undefined));
    const lost = damaged.filter((id) => !this.#done.copied.includes(id));
    return copiesDamaged(this.#folder.place, damaged, lost);
  }

  #progress(step: string, fraction: number): void {
    this.#sync.ports.onProgress?.(`${step} (${this.#sync.target.name})`, fraction);
  }

  #note(done: Partial<SyncOutcome>): void {
    this.#done = { ...this.#done, ...done };
    this.#sync.onProgress(this.#done);
  }
}

const MAX_SHOWN_NAMES = 3;

function mergePolicies(project: RetentionPolicy, target: Partial<RetentionPolicy>): RetentionPolicy {
  const policy = { ...project };
  for (const key of Object.keys(policy) as (keyof RetentionPolicy)[]) policy[key] = target[key] ?? policy[key];
  return policy;
}

/** Also compares the live database with the copies, in case the store is new. */
async function detectCondition(
  project: Project,
  catalog: Catalog,
  copies: readonly Copy[],
  ports: Ports,
): Promise<LiveCondition> {
  try {
    const { condition, counts } = await observeLive(project, catalog, ports);
    if (condition !== 'sound') return condition;
    const all = [...catalog.backups, ...copies.map(({ backup }) => backup)];
    return counts !== undefined &&
      !isShrunk(counts.total, all, () => readAcknowledgement(project.storePath, ports.files))
      ? 'sound'
      : 'shrunk';
  } catch (error) {
    // An unreadable database counts as damaged, so nothing is removed; the next sync checks again.
    if (error instanceof BackupError) return 'damaged';
    throw error;
  }
}

function copiesDamaged(place: string, damaged: readonly string[], lost: readonly string[]): BackupError {
  const summary = `${damaged.length.toString()} of the copies at ${place} ${damaged.length === 1 ? 'was' : 'were'} damaged`;
  const result =
    lost.length === 0 ? 'replaced from this store' : `${lost.length.toString()} cannot be replaced: ${lost.join(', ')}`;
  return new BackupError(`${summary}; ${result}`, {
    code: 'target-failed',
    operation: 'verify the copies',
    hint: 'Check the disk or service; it does not store data correctly.',
  });
}
