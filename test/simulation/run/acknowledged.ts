import { createHash } from 'node:crypto';
import { FORMAT_AT, imageOf } from '../live/states.js';
import type { CommitObserver } from '../live/writer.js';
import { GuaranteeViolation } from './guaranteeViolation.js';
import type { Report } from './operations.js';

/** The beginning of an operation. */
export interface Mark {
  readonly visible: number;
  readonly deletions: number;
}

/** Everything that the engine and the writer have acknowledged; the guarantees are checked against this record. */
export class Acknowledged implements CommitObserver {
  /** The states of the live database in order. */
  #timeline: number[];
  /** Readers see at least this one. */
  #visible = 0;
  /** A power failure leaves at least this one. */
  #durable = 0;
  #newest: number;
  /** Counts the beginnings and ends of deletions of the store. */
  #deletions = 0;
  readonly #stateOfId = new Map<string, number>();
  readonly #stateOfHash = new Map<string, number>();
  /** States whose backup was acknowledged. */
  readonly saved = new Set<number>();
  readonly pinned = new Map<string, number | undefined>();
  /** Backups with bits flipped by the simulation: nothing is guaranteed for them. */
  readonly withFlippedBit = new Set<string>();
  readonly #contested = new Set<string>();
  copies: readonly string[] = [];
  emergency: string | undefined;
  /** The number of completed restores, with or without changes. */
  restoresEnded = 0;

  constructor(
    initialState: number,
    private readonly keepsEverything: boolean,
    /** A report may then come after changes of another process: it proves nothing for what both changed. */
    private readonly hasSeveralProcesses: boolean,
  ) {
    this.#timeline = [initialState];
    this.#newest = initialState;
    this.#addState(initialState);
  }

  nextState(): number {
    this.#newest += 1;
    return this.#newest;
  }

  stateOfHash(sha256: string | undefined): number | undefined {
    return sha256 === undefined ? undefined : this.#stateOfHash.get(sha256);
  }

  beginCommit(state: number): void {
    this.#addState(state);
    this.#timeline.push(state);
  }

  endCommit(state: number, isSynced: boolean): void {
    this.#visible = this.#timeline.lastIndexOf(state);
    if (isSynced) this.#durable = this.#visible;
  }

  synced(): void {
    this.#durable = this.#visible;
  }

  /** For an operation that begins now: the states that its readers may see. */
  get mark(): Mark {
    return { visible: this.#visible, deletions: this.#deletions };
  }

  /** Whether the store was deleted since then, at least in part. */
  wasStoreDeletedSince({ deletions }: Mark): boolean {
    return deletions < this.#deletions;
  }

  /** Another process begins or ends to delete the store: only the vault and the targets have its backups now. */
  storeDeleted(): void {
    this.#deletions += 1;
    this.saved.clear();
    this.pinned.clear();
    this.emergency = undefined;
  }

  get hasLostStore(): boolean {
    return this.#deletions > 0;
  }

  /** The live database was deleted; undefined until it is restored. */
  replaceLive(state: number | undefined): void {
    this.#timeline = state === undefined ? [] : [state];
    this.#visible = this.#durable = 0;
    if (state !== undefined) this.#addState(state);
  }

  note(report: Report, mark: Mark): void {
    switch (report.kind) {
      case 'backedUp':
        this.#recordBackup(report, mark);
        break;
      case 'restoring':
        this.#timeline.push(report.state);
        // Its backup may replace the last one, even if the process dies then.
        this.emergency = undefined;
        break;
      case 'restoreEnded':
        this.restoresEnded += 1;
        break;
      case 'restored':
        this.#visible = this.#durable = this.#timeline.lastIndexOf(report.state);
        if (report.emergency !== undefined && !this.hasSeveralProcesses && !this.wasStoreDeletedSince(mark))
          this.emergency = report.emergency;
        break;
      case 'pinned':
        if (!this.#isContested(report.id) && !this.wasStoreDeletedSince(mark))
          this.pinned.set(report.id, this.stateOfHash(report.sha256));
        break;
      case 'unpinning':
        this.#contested.add(report.id);
        this.pinned.delete(report.id);
        break;
      case 'deleting':
        this.#contested.add(report.id);
        // Pinned backups are deleted only by force.
        if (!this.pinned.has(report.id)) this.#forget(report.id, report.sha256);
        break;
      case 'copying':
        this.copies = [];
        break;
      case 'copied':
        if (!this.hasSeveralProcesses) this.copies = report.ids;
        break;
      case 'syncingVault':
      case 'vaultSynced':
        break;
    }
  }

  /** That backup was deleted or damaged deliberately: its state may be lost. */
  #forget(id: string, sha256: string | undefined): void {
    this.forgetState(id, this.stateOfHash(sha256) ?? this.#stateOfId.get(id));
  }

  forgetState(id: string, state: number | undefined): void {
    if (state !== undefined) this.saved.delete(state);
    this.pinned.delete(id);
    if (this.emergency === id) this.emergency = undefined;
  }

  /** The live database after whatever has just happened. */
  updateLive(found: number | string, after: 'kill' | 'power failure'): void {
    const from = after === 'kill' ? this.#visible : this.#durable;
    const at = typeof found === 'number' ? this.#timeline.lastIndexOf(found) : -1;
    if (at < from) {
      const allowed = [...new Set(this.#timeline.slice(from))].join(' or ');
      throw new GuaranteeViolation(
        'live is wholly old or wholly new',
        `after a ${after} it is ${typeof found === 'number' ? `state ${found.toString()}` : found}, not ${allowed}`,
      );
    }
    this.#timeline = this.#timeline.slice(0, at + 1);
    this.#visible = at;
    if (after === 'power failure') this.#durable = at;
  }

  /** Without a history, a later backup may prune it, and be killed before it is acknowledged. */
  mayBePruned(state: number, held: ReadonlySet<number>): boolean {
    if (this.keepsEverything) return false;
    const at = this.#timeline.lastIndexOf(state);
    // Commits lost by a power failure were made after it.
    return [...held].some((other) => this.#timeline.lastIndexOf(other) > at || !this.#timeline.includes(other));
  }

  #recordBackup({ sha256, id }: Extract<Report, { kind: 'backedUp' }>, mark: Mark): void {
    const state = this.stateOfHash(sha256);
    if (state === undefined || this.#timeline.lastIndexOf(state) < mark.visible) {
      throw new GuaranteeViolation(
        'a backup is as new as the last commit before it',
        `${id} holds ${state === undefined ? 'no state' : `state ${state.toString()}`}, not ${[...new Set(this.#timeline.slice(mark.visible))].join(' or ')}`,
      );
    }
    if (this.#isContested(id) || this.wasStoreDeletedSince(mark)) return;
    if (!this.keepsEverything) this.saved.clear();
    this.saved.add(state);
    this.#stateOfId.set(id, state);
  }

  #isContested(id: string): boolean {
    return this.withFlippedBit.has(id) || (this.hasSeveralProcesses && this.#contested.has(id));
  }

  #addState(state: number): void {
    const image = Buffer.from(imageOf(state)).fill(1, FORMAT_AT, FORMAT_AT + 2);
    this.#stateOfHash.set(createHash('sha256').update(image).digest('hex'), state);
  }
}
