/**
 * Forwards the server's bytes to the client as they arrive, and inserts the tap's own messages between lines. Collects
 * lines for a listener only while the listener needs them, and only up to a limit.
 */
export class ServerLines {
  private readonly write: (bytes: Buffer) => boolean;
  private readonly listener: ServerLineListener;
  private isWithinLine = false;
  private waiting: Buffer[] = [];
  private line: Buffer[] | undefined;
  private lineBytes = 0;

  constructor(write: (bytes: Buffer) => boolean, listener: ServerLineListener) {
    this.write = write;
    this.listener = listener;
  }

  /** False if the client accepts no more bytes for now. */
  push(chunk: Buffer): boolean {
    const isReady = this.pass(chunk);
    this.inspect(chunk);
    return isReady;
  }

  /** Inserts a message of the tap, given without its newline. */
  inject(message: string): void {
    this.waiting.push(Buffer.from(`${message}\n`));
    if (!this.isWithinLine) this.sendWaiting();
  }

  private pass(chunk: Buffer): boolean {
    if (this.waiting.length === 0) return this.send(chunk);
    const newline = chunk.indexOf(NEWLINE);
    if (newline === -1) return this.send(chunk);
    this.send(chunk.subarray(0, newline + 1));
    this.sendWaiting();
    return this.send(chunk.subarray(newline + 1));
  }

  private send(bytes: Buffer): boolean {
    if (bytes.length === 0) return true;
    this.isWithinLine = bytes.at(-1) !== NEWLINE;
    return this.write(bytes);
  }

  private sendWaiting(): void {
    const messages = this.waiting;
    this.waiting = [];
    for (const message of messages) this.send(message);
  }

  private inspect(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(NEWLINE, at);
      const end = newline === -1 ? chunk.length : newline + 1;
      this.collect(chunk.subarray(at, end));
      if (newline !== -1) this.finishLine();
      at = end;
    }
  }

  private collect(piece: Buffer): void {
    this.lineBytes += piece.length;
    // A line whose beginning was not collected cannot be parsed.
    if (this.lineBytes === piece.length) this.line = this.listener.wantsLines() ? [] : undefined;
    if (this.lineBytes > MAX_PARSED_LINE_BYTES) this.line = undefined;
    this.line?.push(piece);
  }

  private finishLine(): void {
    const { line } = this;
    this.line = undefined;
    this.lineBytes = 0;
    if (line !== undefined)
      this.listener.onLine(line.length === 1 && line[0] !== undefined ? line[0] : Buffer.concat(line));
  }
}

export interface ServerLineListener {
  /** Called at the beginning of each line. */
  readonly wantsLines: () => boolean;
  readonly onLine: (line: Buffer) => void;
}

const NEWLINE = 0x0a;
const MAX_PARSED_LINE_BYTES = 1024 * 1024;
