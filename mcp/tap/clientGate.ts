import { classifyBeginning, classifyLine, type LineClassification, type PendingWrite } from './classifyLine.js';
import type { KnownTools } from './tools.js';

/** The callbacks of the gate. */
export interface GateCallbacks {
  /** Sends bytes to the server; false = the server accepts no more until `resume`. */
  readonly forward: (bytes: Buffer) => boolean;
  /** Makes the backup and decides. Never rejects. */
  readonly backUpBefore: (write: PendingWrite) => Promise<Decision>;
  /** A write was forwarded, or another line that the session tracks. */
  readonly onForwarded: (classification: LineClassification) => void;
  /** The client cancelled a call that was already forwarded. */
  readonly onCancelled: (idKey: string) => void;
  /** After `end`: everything has been forwarded or dropped. */
  readonly onDrained: () => void;
  /** `isFull` may have changed. */
  readonly onProgress: () => void;
}

export interface Decision {
  readonly forwards: boolean;
  /** Reports the decision to the client. Not called if the client has cancelled the call. */
  readonly announce?: () => void;
}

/** Only this much of a line is parsed; this much may also wait behind a backup. */
export const MAX_BUFFERED_BYTES = 1024 * 1024;

/**
 * Forwards the client's lines to the server, in order and unchanged, but holds back a line that may write until its
 * backup is made. Memory is bounded if the caller stops pushing while `isFull`: the incoming line and the waiting
 * lines take at most `MAX_BUFFERED_BYTES` each, plus one chunk.
 */
export class ClientGate {
  private readonly callbacks: GateCallbacks;
  private readonly tools: KnownTools;
  private readonly queue: Entry[] = [];
  private queuedBytes = 0;
  private waitingFor: WriteEntry | undefined;
  private serverIsFull = false;
  private hasInputEnded = false;
  private hasDrained = false;

  /** The incoming line, not yet classified. */
  private beginning: Buffer[] = [];
  private beginningBytes = 0;
  /** The incoming line if it is too long to parse. Its rest is forwarded or dropped like its beginning. */
  private longLine: WriteEntry | undefined;

  constructor(callbacks: GateCallbacks, tools: KnownTools) {
    this.callbacks = callbacks;
    this.tools = tools;
  }

  get isFull(): boolean {
    return this.queuedBytes >= MAX_BUFFERED_BYTES;
  }

  push(chunk: Buffer): void {
    let at = 0;
    // Consecutive lines that may pass are forwarded together.
    let passStart = 0;
    const passUpTo = (end: number): void => {
      if (end > passStart) this.pass(chunk.subarray(passStart, end));
      passStart = end;
    };
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline + 1;
      if (this.longLine !== undefined || newline === -1 || this.beginningBytes > 0) {
        passUpTo(at);
        passStart = end;
        this.pushPiece(chunk.subarray(at, end), newline !== -1);
      } else {
        const line = chunk.subarray(at, end);
        const classification = classifyLine(line, this.tools);
        if (isPlain(classification)) {
          at = end;
          continue;
        }
        passUpTo(at);
        passStart = end;
        this.take(line, classification);
      }
      at = end;
    }
    passUpTo(chunk.length);
  }

  /** The client sends no more. A last line without a newline counts as a line. */
  end(): void {
    this.hasInputEnded = true;
    this.longLine = undefined;
    if (this.beginningBytes > 0) this.takeLine();
    this.advance();
  }

  /** The server accepts bytes again. */
  resume(): void {
    this.serverIsFull = false;
    this.advance();
  }

  private pushPiece(piece: Buffer, isComplete: boolean): void {
    if (this.longLine !== undefined) {
      this.enqueue({ kind: 'rest', bytes: piece, of: this.longLine });
      if (isComplete) this.longLine = undefined;
      return;
    }
    this.beginning.push(piece);
    this.beginningBytes += piece.length;
    if (this.beginning.length > MAX_PIECES) this.beginning = [Buffer.concat(this.beginning)];
    if (isComplete) this.takeLine();
    else if (this.beginningBytes > MAX_BUFFERED_BYTES) this.takeLongBeginning();
  }

  private takeLine(): void {
    const line = this.takeBeginning();
    this.take(line, classifyLine(line, this.tools));
  }

  private takeLongBeginning(): void {
    const bytes = this.takeBeginning();
    const write = classifyBeginning(bytes, this.tools);
    const entry: WriteEntry = {
      kind: 'write',
      bytes,
      write,
      isLong: true,
      classification: undefined,
      status: 'waiting',
    };
    this.longLine = entry;
    this.enqueue(entry);
  }

  private takeBeginning(): Buffer {
    const [first] = this.beginning;
    const bytes = this.beginning.length === 1 && first !== undefined ? first : Buffer.concat(this.beginning);
    this.beginning = [];
    this.beginningBytes = 0;
    return bytes;
  }

  private take(line: Buffer, classification: LineClassification): void {
    const droppedIds = classification.cancelled.filter((idKey) => this.dropWaiting(idKey));
    if (
      droppedIds.length > 0 &&
      droppedIds.length === classification.cancelled.length &&
      classification.write === undefined
    ) {
      this.advance();
      return;
    }
    const { write } = classification;
    if (write === undefined) this.enqueue({ kind: 'pass', bytes: line, classification });
    else this.enqueue({ kind: 'write', bytes: line, write, isLong: false, classification, status: 'waiting' });
  }

  /** Drops a cancelled call that has not been forwarded yet; it needs no response. */
  private dropWaiting(idKey: string): boolean {
    const entry = [this.waitingFor, ...this.queue].find((candidate) => isSingleCall(candidate, idKey));
    if (entry?.kind !== 'write') return false;
    entry.status = 'dropped';
    if (entry === this.waitingFor) this.waitingFor = undefined;
    return true;
  }

  private pass(bytes: Buffer): void {
    this.enqueue({ kind: 'pass', bytes, classification: undefined });
  }

  private enqueue(entry: Entry): void {
    this.queue.push(entry);
    this.queuedBytes += costOf(entry);
    this.advance();
  }

  private advance(): void {
    while (this.waitingFor === undefined && !this.serverIsFull) {
      const entry = this.queue.shift();
      if (entry === undefined) break;
      this.queuedBytes -= costOf(entry);
      if (entry.kind === 'write') this.startBackup(entry);
      else if (entry.kind === 'pass' || entry.of.status === 'forwarded') this.forward(entry);
    }
    this.callbacks.onProgress();
    const isDone = this.hasInputEnded && this.queue.length === 0 && this.waitingFor === undefined && !this.serverIsFull;
    if (!isDone || this.hasDrained) return;
    this.hasDrained = true;
    this.callbacks.onDrained();
  }

  private startBackup(entry: WriteEntry): void {
    if (entry.status === 'dropped') return;
    this.waitingFor = entry;
    // The waiting entry still counts, because its bytes stay in memory.
    this.queuedBytes += costOf(entry);
    void this.callbacks.backUpBefore(entry.write).then((decision) => {
      this.queuedBytes -= costOf(entry);
      if (entry.status === 'dropped') {
        this.callbacks.onProgress();
        return;
      }
      this.waitingFor = undefined;
      entry.status = decision.forwards ? 'forwarded' : 'dropped';
      decision.announce?.();
      if (decision.forwards) this.forward(entry);
      this.advance();
    });
  }

  private forward(entry: Entry): void {
    if (entry.bytes.length > 0 && !this.callbacks.forward(entry.bytes)) this.serverIsFull = true;
    if (entry.kind === 'rest') return;
    const classification = entry.classification ?? (entry.kind === 'write' ? classifyLongLine(entry.write) : undefined);
    if (classification === undefined) return;
    this.callbacks.onForwarded(classification);
    for (const idKey of classification.cancelled) this.callbacks.onCancelled(idKey);
  }
}

type Entry = PassEntry | WriteEntry | RestEntry;

interface PassEntry {
  readonly kind: 'pass';
  readonly bytes: Buffer;
  /** Undefined if the session does not track the line. */
  readonly classification: LineClassification | undefined;
}

interface WriteEntry {
  readonly kind: 'write';
  readonly bytes: Buffer;
  readonly write: PendingWrite;
  readonly isLong: boolean;
  readonly classification: LineClassification | undefined;
  status: 'waiting' | 'forwarded' | 'dropped';
}

interface RestEntry {
  readonly kind: 'rest';
  readonly bytes: Buffer;
  readonly of: WriteEntry;
}

const NEWLINE = 0x0a;
/** Limits the number of buffers if a line arrives byte by byte. */
const MAX_PIECES = 1024;
const ENTRY_OVERHEAD_BYTES = 256;

function costOf(entry: Entry): number {
  return entry.bytes.length + ENTRY_OVERHEAD_BYTES;
}

function isPlain({ write, cancelled, trackedRequests, logLevel }: LineClassification): boolean {
  return write === undefined && cancelled.length === 0 && trackedRequests.length === 0 && logLevel === undefined;
}

function classifyLongLine(write: PendingWrite): LineClassification {
  return { write, cancelled: [], trackedRequests: [], logLevel: undefined };
}

/** Only a call that is alone on its line can be dropped without changing another message. */
function isSingleCall(entry: Entry | undefined, idKey: string): boolean {
  if (entry?.kind !== 'write' || entry.isLong || entry.write.isBatch || entry.status !== 'waiting') return false;
  const { requests } = entry.write;
  return requests.length === 1 && requests[0]?.isCall === true && requests[0].idKey === idKey;
}
