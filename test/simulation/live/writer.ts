import type { CallName } from '../disk/calls.js';
import type { Random } from '../random.js';
import type { SimulatedProcess, World } from '../world.js';
import { FORMAT_AT, imageOf, PAGE_BYTES } from './states.js';
import {
  FRAME_BYTES,
  formatFrame,
  formatHeader,
  formatIndexCopy,
  recover,
  WAL_HEADER_BYTES,
  type WalEnd,
} from './wal.js';

/** Notified of the writer's commits; see `Acknowledged`. */
export interface CommitObserver {
  /** From now on readers can see this state. */
  readonly beginCommit: (state: number) => void;
  /** Every reader that starts now sees it; `isSynced`: a power failure cannot undo it. */
  readonly endCommit: (state: number, isSynced: boolean) => void;
  /** A power failure can no longer undo any commit. */
  readonly synced: () => void;
}

/** `full` syncs the log at every commit, `normal` at checkpoints only: SQLite's `PRAGMA synchronous`. */
export type Synchronous = 'full' | 'normal';

/**
 * An agent's SQLite connection in WAL mode. It takes single steps (one call each), even in the middle of the engine's
 * work. It follows SQLite's `wal.c`: frames, their sync, then the index; a checkpoint syncs the log, writes the database,
 * and syncs it; the next commit restarts a log that is completely in the database, with other salts.
 */
export class WalWriter {
  #process: SimulatedProcess | undefined;
  #steps: Generator<void, void> | undefined;
  #descriptors = { database: 0, wal: 0, index: 0 };
  #end: WalEnd | undefined;
  #isBackfilled = false;
  #isNameUnsynced = false;

  constructor(
    private readonly world: World,
    private readonly databasePath: string,
    private readonly observer: CommitObserver,
    private readonly random: Random,
    private readonly synchronous: Synchronous,
  ) {}

  get isOpen(): boolean {
    return this.#process !== undefined && !this.#process.isDead;
  }

  get isBusy(): boolean {
    return this.isOpen && this.#steps !== undefined;
  }

  /** Takes one step of the current work. */
  step(): void {
    if (!this.isOpen) this.#steps = undefined;
    if (this.#steps?.next().done === true) this.#steps = undefined;
  }

  finish(): void {
    while (this.isBusy) this.step();
  }

  beginCommit(state: number): void {
    this.finish();
    this.#open();
    this.#steps = this.#commit(state);
  }

  beginCheckpoint(): void {
    this.finish();
    this.#open();
    this.#steps = this.#checkpoint();
  }

  /** As SQLite's last connection: a checkpoint, then the log and its index are deleted. */
  close(): void {
    this.finish();
    if (!this.isOpen) return;
    this.#steps = this.#checkpoint();
    this.finish();
    const process = this.#opened();
    for (const descriptor of Object.values(this.#descriptors)) this.#call('close', descriptor);
    for (const suffix of ['-wal', '-shm']) this.#call('unlink', this.databasePath + suffix);
    this.world.end(process);
    this.#process = undefined;
  }

  /** Closes the database, or dies between two commits and leaves its log. */
  disconnect(random: Random): void {
    this.finish();
    if (random.chance(0.5)) this.close();
    else this.kill();
  }

  kill(): void {
    if (this.#process !== undefined && !this.#process.isDead) this.world.kill(this.#process);
    this.#process = undefined;
    this.#steps = undefined;
  }

  #open(): void {
    if (this.isOpen) return;
    this.#process = this.world.start('writer');
    this.#steps = undefined;
    const database = Number(this.#call('open', this.databasePath, 'r+'));
    // A restored database is in rollback mode; AutoForge sets its journal mode on every connection.
    this.#call('write', database, Buffer.from([2, 2]), FORMAT_AT);
    this.#call('fsync', database);
    const wal = Number(this.#call('open', `${this.databasePath}-wal`, APPENDING));
    const index = Number(this.#call('open', `${this.databasePath}-shm`, APPENDING));
    this.#descriptors = { database, wal, index };
    // The first connection after a crash rebuilds the index from the log.
    this.#call('ftruncate', index, 0);
    const log = this.#call('readFile', `${this.databasePath}-wal`) as Buffer;
    this.#end = recover(this.#call('readFile', this.databasePath) as Buffer, log).end;
    this.#isBackfilled = false;
    this.#isNameUnsynced = true;
    if (this.#end !== undefined && this.#end.frameCount > 0) this.#writeIndex(this.#end);
  }

  *#commit(state: number): Generator<void, void> {
    const { wal } = this.#descriptors;
    if (this.#end === undefined || this.#isBackfilled) yield* this.#restartLog();
    let end = this.#endOfLog();
    const image = imageOf(state);
    const pageCount = image.length / PAGE_BYTES;
    for (let page = 1; page <= pageCount; page += 1) {
      const content = image.subarray((page - 1) * PAGE_BYTES, page * PAGE_BYTES);
      const frame = formatFrame(page, page === pageCount ? pageCount : 0, content, end);
      const position = WAL_HEADER_BYTES + end.frameCount * FRAME_BYTES;
      this.#call('write', wal, frame.bytes.subarray(0, 24), position);
      yield;
      if (page === pageCount) this.observer.beginCommit(state);
      this.#call('write', wal, frame.bytes.subarray(24), position + 24);
      yield;
      end = { ...end, checksum: frame.checksum, frameCount: end.frameCount + 1, pageCount };
    }
    this.#end = end;
    if (this.synchronous === 'full') this.#syncLog();
    this.#writeIndex(end);
    this.observer.endCommit(state, this.synchronous === 'full');
  }

  *#restartLog(): Generator<void, void> {
    const { wal } = this.#descriptors;
    const salt = Buffer.alloc(8);
    salt.writeUInt32BE(((this.#end?.salt.readUInt32BE(0) ?? this.random.seed()) + 1) >>> 0);
    salt.writeUInt32BE(this.random.seed(), 4);
    const checkpoint = (this.#end?.checkpoint ?? 0) + 1;
    const { bytes, checksum } = formatHeader(checkpoint, salt);
    this.#call('write', wal, bytes, 0);
    yield;
    this.#syncLog();
    this.#end = { salt, checkpoint, checksum, frameCount: 0, pageCount: 0 };
    this.#isBackfilled = false;
    yield;
  }

  *#checkpoint(): Generator<void, void> {
    const { database } = this.#descriptors;
    if (this.#end === undefined || this.#end.frameCount === 0 || this.#isBackfilled) return;
    this.#syncLog();
    this.observer.synced();
    yield;
    const log = this.#call('readFile', `${this.databasePath}-wal`) as Buffer;
    const { image } = recover(this.#call('readFile', this.databasePath) as Buffer, log);
    for (let position = 0; position < image.length; position += PAGE_BYTES) {
      this.#call('write', database, image.subarray(position, position + PAGE_BYTES), position);
      yield;
    }
    this.#call('ftruncate', database, image.length);
    this.#call('fsync', database);
    this.#isBackfilled = true;
  }

  /** The first sync of a log also makes its name durable. */
  #syncLog(): void {
    this.#call('fsync', this.#descriptors.wal);
    if (!this.#isNameUnsynced) return;
    const folder = this.databasePath.slice(0, this.databasePath.lastIndexOf('/'));
    const descriptor = this.#call('open', folder, 'r');
    this.#call('fsync', descriptor);
    this.#call('close', descriptor);
    this.#isNameUnsynced = false;
  }

  /** The second copy first, as in `walIndexWriteHdr`. */
  #writeIndex(end: WalEnd): void {
    const copy = formatIndexCopy(end);
    this.#call('write', this.#descriptors.index, copy, copy.length);
    this.#call('write', this.#descriptors.index, copy, 0);
  }

  #endOfLog(): WalEnd {
    if (this.#end === undefined) throw new Error('The log has no header yet');
    return this.#end;
  }

  #opened(): SimulatedProcess {
    if (this.#process === undefined) throw new Error('The database is not open');
    return this.#process;
  }

  #call(call: CallName, ...args: readonly unknown[]): unknown {
    return this.world.call(this.#opened(), call, args);
  }
}

/** O_RDWR | O_CREAT */
const APPENDING = 0o102;
