import { lastGood, mayBePinned, type Backup } from '../store/index.js';
import type { SyncPlan } from './planSync.js';

/** The size limits of the vault, and its other contents. */
export interface VaultSpace {
  /** For the copies of this project. */
  readonly projectBytes: number;
  /** For all copies. */
  readonly totalBytes: number;
  /** The copies of other projects. */
  readonly others: readonly { readonly createdAtMs: number; readonly sizeBytes: number }[];
  /** Whether a target contains a copy too. */
  readonly isAtTarget: (id: string) => boolean;
}

interface Candidate {
  readonly backup: Backup;
  /** Undefined for a new copy, whose size is known only after compression. */
  readonly storedBytes: number | undefined;
}

/**
 * Reduces a plan to what fits: first the copies that no target has, then the others, each newest first. Copies of other
 * projects count if they are newer. The last verified backup and pinned ones always stay.
 *
 * The size of a new copy is known only after compression, so space is reserved during the sync.
 */
export class SpaceLimit {
  readonly #plan: SyncPlan;
  readonly #space: VaultSpace;
  readonly #candidates: readonly Candidate[];
  readonly #good: Backup | undefined;
  readonly #fitting = new Set<string>();
  #next = 0;
  #usedBytes = 0;
  #isFull = false;

  constructor(plan: SyncPlan, space: VaultSpace) {
    this.#plan = plan;
    this.#space = space;
    // Pins that this sync is about to copy already count.
    const updated = new Map(plan.update.map(({ id, copy }) => [id, copy.metadata]));
    const candidates: readonly Candidate[] = [
      ...plan.copy.map((backup) => ({ backup, storedBytes: undefined })),
      ...plan.present.map(({ backup, copy }) => ({
        backup: { ...backup, metadata: updated.get(backup.id) ?? backup.metadata },
        storedBytes: copy.stored.sizeBytes,
      })),
    ];
    const newestFirst = candidates.toSorted((a, b) => b.backup.createdAt.getTime() - a.backup.createdAt.getTime());
    this.#good = lastGood(newestFirst.map(({ backup }) => backup));
    this.#candidates = newestFirst.toSorted((a, b) => this.#rank(a) - this.#rank(b));
  }

  /** The new copies, in the order in which space must be reserved for them. */
  get copy(): readonly Backup[] {
    return this.#candidates.flatMap(({ backup, storedBytes }) => (storedBytes === undefined ? [backup] : []));
  }

  /** Whether a copy of any size may still fit. */
  hasRoomFor(backup: Backup): boolean {
    this.#countPresentBefore(backup);
    return !this.#isFull || this.#mustStay(backup);
  }

  /** Reserves space for a copy; false if it does not fit. */
  reserve(backup: Backup, storedBytes: number): boolean {
    this.#countPresentBefore(backup);
    return this.#reserve(backup, storedBytes);
  }

  /** The plan without existing copies that do not fit. Called after space was reserved for all new ones. */
  limited(): SyncPlan {
    const { update, present, remove } = this.#plan;
    this.#countPresentBefore(undefined);
    const fitting = new Set(this.#fitting);
    // Packing may have shown that the image of the last good backup is damaged.
    const best = this.#good !== undefined && fitting.has(this.#good.id) ? undefined : this.#bestPresent();
    if (best !== undefined) fitting.add(best.id);
    return {
      ...this.#plan,
      update: update.filter(({ id }) => fitting.has(id)),
      present: present.filter(({ backup }) => fitting.has(backup.id)),
      remove: [...remove, ...present.filter(({ backup }) => !fitting.has(backup.id))],
    };
  }

  #bestPresent(): Backup | undefined {
    return lastGood(this.#plan.present.map(({ backup }) => backup));
  }

  #countPresentBefore(backup: Backup | undefined): void {
    for (; this.#next < this.#candidates.length; this.#next += 1) {
      const candidate = this.#candidates[this.#next];
      if (candidate === undefined || candidate.backup === backup) return;
      if (candidate.storedBytes !== undefined) this.#reserve(candidate.backup, candidate.storedBytes);
    }
  }

  #reserve(backup: Backup, storedBytes: number): boolean {
    const { others, projectBytes, totalBytes } = this.#space;
    const newerBytes = others
      .filter(({ createdAtMs }) => createdAtMs > backup.createdAt.getTime())
      .reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    const usedBytes = this.#usedBytes + storedBytes;
    // Once a copy does not fit, no older one takes its place, even if it is smaller.
    this.#isFull ||= (usedBytes > projectBytes || usedBytes + newerBytes > totalBytes) && !this.#mustStay(backup);
    if (this.#isFull && !this.#mustStay(backup)) return false;
    this.#usedBytes = usedBytes;
    this.#fitting.add(backup.id);
    return true;
  }

  #mustStay(backup: Backup): boolean {
    return backup === this.#good || mayBePinned(backup);
  }

  #rank({ backup }: Candidate): number {
    if (this.#mustStay(backup)) return 0;
    return this.#space.isAtTarget(backup.id) ? 2 : 1;
  }
}
