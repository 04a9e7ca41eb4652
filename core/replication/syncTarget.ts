import { BackupError, countInWords, systemOf, type StoreLock, type Ports } from '../system/index.js';
import type { Project, ReplicationTarget, RetentionPolicy } from '../project/index.js';
import { readAcknowledgement, isShrunk, observeLive, type LiveCondition } from '../live/index.js';
import { readCatalog, ReadingBudget, warnOfUnknownMetadata, type Backup, type Catalog } from '../store/index.js';
import { copyHistory } from './copyHistory.js';
import type { TargetCache } from './targetCache.js';
import { packBackup, type PackedBackup } from './packBackup.js';
import { planSync, type SyncPlan, type Skipped } from './planSync.js';
import { describeProject } from './projectDescription.js';
import { readTarget, type Copy, type TargetContent } from './readTarget.js';
import type { ReplicateOptions, StoreIdentity, NewFile, Target, TargetFolder } from './target.js';
import { assertOwnFolder } from './storeIdentity.js';
import { idOfImage, imageName, isSmallFileName, metadataName, PROJECT_FILE } from './targetNames.js';
import { verifyCopies } from './verifyCopies.js';

/** What a pass has done at a target, or in a dry run would do. */
export interface SyncOutcome {
  /** Ids of backups. */
  readonly copied: readonly string[];
  /** Those of whose copies only the metadata were written anew. */
  readonly updated: readonly string[];
  readonly removed: readonly string[];
  /** Names of segments of the history that were copied, or copied again. */
  readonly segments: readonly string[];
  /** Whole copies that were there already. */
  readonly presentCount: number;
  readonly copiedBytes: number;
  /** How many copies were read back and proved; undefined where that was not asked for. */
  readonly verifiedCount: number | undefined;
  /** Copies that were found damaged. Those that are still here have been put there again. */
  readonly damaged: readonly string[];
  readonly skipped: readonly Skipped[];
}

export interface TargetSync {
  readonly project: Project;
  readonly target: ReplicationTarget;
  readonly opened: Target;
  readonly identity: StoreIdentity;
  readonly cache: TargetCache;
  readonly lock: StoreLock;
  readonly options: ReplicateOptions;
  readonly ports: Ports;
  /** Told after each step what has been done so far. */
  readonly onProgress: (done: SyncOutcome) => void;
}

/**
 * Makes one target hold what it should. Whatever is done, is done in an order in which a copy that is cut off, at any
 * point, is no copy yet, and is made again the next time: the metadata come last, and go first.
 *
 * Returns what is wrong there although it came to its end; throws what keeps it from that.
 */
export async function syncTarget(sync: TargetSync): Promise<BackupError | undefined> {
  return await new SyncRun(sync).run();
}

/** So much goes at once: few runs of a program for many backups, and little to do again. */
const MAX_IN_BATCH = 16;
const BATCH_BYTES = 32 * 1024 * 1024;

/** What a run left that was cut off is none of a run that goes on, perhaps on another machine, until it is so old. */
const OLD_TEMPORARY_MS = 60 * 60 * 1000;
const OLD_STRAY_MS = 7 * 24 * 60 * 60 * 1000;

class SyncRun {
  readonly #pass: TargetSync;
  readonly #folder: TargetFolder;
  readonly #ledger: TargetCache;
  /** Names of metadata at the target. */
  readonly #metadataThere = new Set<string>();
  #done: SyncOutcome;

  constructor(sync: TargetSync) {
    this.#pass = sync;
    this.#folder = sync.opened.folder(sync.identity.key);
    this.#ledger = sync.cache;
    this.#done = {
      ...{ copied: [], updated: [], removed: [], segments: [], presentCount: 0, copiedBytes: 0 },
      ...{ verifiedCount: undefined, damaged: [], skipped: [] },
    };
  }

  async run(): Promise<BackupError | undefined> {
    const { project, options, ports } = this.#pass;
    const catalog = readCatalog(project, ports);
    if (options.verify === true) this.#ledger.invalidate();
    const budget = new ReadingBudget(this.#folder.place, {}, systemOf(ports));
    const content = await readTarget(this.#folder, this.#ledger, budget);
    assertOwnFolder(this.#pass.identity, this.#folder.place, content.description, ports);
    for (const name of content.names) if (isSmallFileName(name)) this.#metadataThere.add(name);
    this.#warnOf(catalog, content);
    const { plan, live } = await this.#plan(catalog, content);
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
    await this.#copy(plan.copy);
    await this.#update(plan);
    await this.#copyHistory(content, live);
    await this.#remove(plan, content, live);
    return options.verify === true ? await this.#verify(plan, content) : undefined;
  }

  /** The live database is only looked at where something might be removed. */
  async #plan(catalog: Catalog, { copies }: TargetContent): Promise<{ plan: SyncPlan; live: LiveCondition }> {
    const { project, target, ports } = this.#pass;
    const store = project.configuration.retention;
    const policies = { store, target: policyOf(store, target.retention) };
    const planFor = (live: LiveCondition) => planSync(catalog.backups, copies, policies, ports.now(), live);
    const plan = planFor('sound');
    const keepsAll = plan.remove.length === 0 && plan.copy.length + plan.present.length >= catalog.backups.length;
    if (keepsAll) return { plan, live: 'sound' };
    const live = await conditionOf(project, catalog, copies, ports);
    return { plan: live === 'sound' ? plan : planFor(live), live };
  }

  #warnOf({ backups }: Catalog, { unknown }: TargetContent): void {
    const { ports, target } = this.#pass;
    warnOfUnknownMetadata(backups, ports);
    const here = new Set(backups.map(({ id }) => imageName(id)));
    // Those of which the backup is here are copied again.
    const lost = unknown.filter((name) => !here.has(name));
    if (lost.length === 0) return;
    const names = lost.slice(0, SHOWN_NAMES).join(', ') + (lost.length > SHOWN_NAMES ? ' …' : '');
    ports.onWarning?.(
      `The metadata of ${countInWords(lost.length, 'copy', 'copies')} on ${target.name} are damaged; they are kept (${names})`,
    );
  }

  async #describe({ description }: TargetContent): Promise<void> {
    const { project, identity } = this.#pass;
    const wanted = describeProject(project, identity);
    if (description?.equals(wanted) !== true) await this.#putSmall([{ name: PROJECT_FILE, content: wanted }]);
  }

  async #copy(backups: readonly Backup[]): Promise<void> {
    let batch: PackedBackup[] = [];
    let batchBytes = 0;
    for (const [index, backup] of backups.entries()) {
      this.#progress(`copying ${backup.id}`, index / backups.length);
      const packed = await this.#pack(backup);
      if (packed === undefined) continue;
      batch.push(packed);
      batchBytes += packed.content.length;
      if (batch.length < MAX_IN_BATCH && batchBytes < BATCH_BYTES) continue;
      await this.#put(batch);
      batch = [];
      batchBytes = 0;
    }
    await this.#put(batch);
  }

  async #pack(backup: Backup): Promise<PackedBackup | undefined> {
    const { project, ports } = this.#pass;
    try {
      return await packBackup(project, backup, ports);
    } catch (error) {
      if (!(error instanceof BackupError) || error.code !== 'backup-damaged') throw error;
      this.#note({ skipped: [...this.#done.skipped, { id: backup.id, why: 'damaged' }] });
      return undefined;
    }
  }

  /** The images, proved to have arrived; only then the metadata that make them copies. */
  async #put(batch: readonly PackedBackup[]): Promise<void> {
    if (batch.length === 0) return;
    const ids = batch.map(({ backup }) => backup.id);
    this.#pass.lock.assertHeld();
    // Where a copy is made anew, its old metadata must not speak for the new image.
    await this.#folder.remove(ids.map(metadataName).filter((name) => this.#metadataThere.has(name)));
    await this.#folder.put(batch.map(({ backup, content }) => ({ name: imageName(backup.id), content })));
    this.#pass.lock.assertHeld();
    await this.#putSmall(
      batch.map(({ backup, copy }) => ({ name: metadataName(backup.id), content: Buffer.from(copy.text) })),
    );
    const bytes = batch.reduce((sum, { content }) => sum + content.length, 0);
    this.#note({ copied: [...this.#done.copied, ...ids], copiedBytes: this.#done.copiedBytes + bytes });
  }

  async #update({ update }: SyncPlan): Promise<void> {
    this.#pass.lock.assertHeld();
    await this.#putSmall(update.map(({ id, copy }) => ({ name: metadataName(id), content: Buffer.from(copy.text) })));
    this.#note({ updated: update.map(({ id }) => id) });
  }

  async #putSmall(files: readonly NewFile[]): Promise<void> {
    if (files.length === 0) return;
    await this.#folder.put(files);
    for (const { name, content } of files) {
      this.#metadataThere.add(name);
      this.#ledger.set(name, content);
    }
  }

  async #copyHistory(content: TargetContent, live: LiveCondition): Promise<void> {
    const { project, ports, lock } = this.#pass;
    lock.assertHeld();
    const mayRemove = live === 'sound';
    const { copied, bytes } = await copyHistory(
      { project, folder: this.#folder, there: content.segments, mayRemove },
      ports,
    );
    this.#note({ segments: copied, copiedBytes: this.#done.copiedBytes + bytes });
  }

  async #remove({ remove }: SyncPlan, { temporary, strays }: TargetContent, live: LiveCondition): Promise<void> {
    const { lock, ports } = this.#pass;
    const nowMs = ports.now().getTime();
    const isOlder = (than: number) => (file: { readonly modifiedAt: Date | undefined }) =>
      file.modifiedAt !== undefined && nowMs - file.modifiedAt.getTime() > than;
    const ids = remove.map(({ backup }) => backup.id);
    const copiedNow = new Set(this.#done.copied.map(imageName));
    lock.assertHeld();
    await this.#folder.remove(ids.map(metadataName));
    for (const id of ids) this.#ledger.delete(metadataName(id));
    const oldStrays = live === 'sound' ? strays.filter(isOlder(OLD_STRAY_MS)).map(({ name }) => name) : [];
    await this.#folder.remove([
      ...ids.map(imageName),
      ...oldStrays.filter((name) => !copiedNow.has(name)),
      ...temporary.filter(isOlder(OLD_TEMPORARY_MS)).map(({ name }) => name),
    ]);
    this.#note({ removed: ids });
  }

  /** Copies that are damaged are made again from the backup here, where it still is. */
  async #verify({ present }: SyncPlan, { unknown }: TargetContent): Promise<BackupError | undefined> {
    const { project, ports } = this.#pass;
    const verified = await verifyCopies(this.#folder, present, (step, fraction) => this.#progress(step, fraction));
    const ofUnknown = unknown.map(idOfImage).filter((id) => id !== undefined);
    const damaged = [...verified.damaged, ...ofUnknown.filter((id) => !this.#done.copied.includes(id))];
    this.#note({ verifiedCount: verified.sound.length, damaged });
    if (damaged.length === 0) return undefined;
    const bad = new Set(damaged);
    const { backups } = readCatalog(project, ports);
    // Made anew from a backup with unknown metadata, a copy would lose those that it has.
    await this.#copy(backups.filter(({ id, metadataProblem }) => bad.has(id) && metadataProblem === undefined));
    const lost = damaged.filter((id) => !this.#done.copied.includes(id));
    return copiesDamaged(this.#folder.place, damaged, lost);
  }

  #progress(step: string, fraction: number): void {
    this.#pass.ports.onProgress?.(`${step} (${this.#pass.target.name})`, fraction);
  }

  #note(done: Partial<SyncOutcome>): void {
    this.#done = { ...this.#done, ...done };
    this.#pass.onProgress(this.#done);
  }
}

const SHOWN_NAMES = 3;

function policyOf(project: RetentionPolicy, target: Partial<RetentionPolicy>): RetentionPolicy {
  const policy = { ...project };
  for (const key of Object.keys(policy) as (keyof RetentionPolicy)[]) policy[key] = target[key] ?? policy[key];
  return policy;
}

/** A live database that has shrunk against what lies there counts as shrunk, even where the store here is a new one. */
async function conditionOf(
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
    // What could not be looked at may be in any condition; the next pass looks again.
    if (error instanceof BackupError) return 'damaged';
    throw error;
  }
}

function copiesDamaged(place: string, damaged: readonly string[], lost: readonly string[]): BackupError {
  const what = `${damaged.length.toString()} of the copies at ${place} ${damaged.length === 1 ? 'was' : 'were'} damaged`;
  const then =
    lost.length === 0 ? 'made again from here' : `${lost.length.toString()} cannot be made again: ${lost.join(', ')}`;
  return new BackupError(`${what}; ${then}`, {
    code: 'target-failed',
    operation: 'verify the copies',
    hint: 'Check that disk or service: it has not kept what it was given.',
  });
}
