import type { OpenFile } from './openFile.js';

/** Files up to this size are read once and kept; of larger ones only this much is in memory at a time. */
export const WINDOW_SIZE_BYTES = 16 * 1024 * 1024;

/** So much is read ahead: of a log that was used before, the better part is often of no use. */
const STEP_BYTES = 256 * 1024;

/**
 * Random access to a file of any size through one buffer, read as far as somebody looks. The size is asked for once,
 * when the window is made.
 */
export class FileWindow {
  readonly sizeBytes: number;
  readonly #buffer: Buffer;
  #start = 0;
  #length = 0;

  constructor(
    private readonly file: OpenFile,
    windowSizeBytes = WINDOW_SIZE_BYTES,
  ) {
    this.sizeBytes = file.stamp().sizeBytes;
    this.#buffer = Buffer.allocUnsafeSlow(Math.min(this.sizeBytes, windowSizeBytes));
  }

  /** True when no byte is ever read twice: what was verified then needs no second look. */
  get isWhole(): boolean {
    return this.#buffer.length === this.sizeBytes;
  }

  /** A view that is valid until the next call; undefined where the file has not that many bytes there. */
  bytesAt(offset: number, lengthBytes: number): Buffer | undefined {
    if (lengthBytes > this.#buffer.length) return undefined;
    if (offset < this.#start || offset + lengthBytes > this.#start + this.#buffer.length) {
      if (this.isWhole) return undefined;
      this.#start = offset;
      this.#length = 0;
    }
    const missingBytes = offset + lengthBytes - this.#start - this.#length;
    if (missingBytes > 0 && !this.#load(missingBytes)) return undefined;
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + lengthBytes);
  }

  /** False where the file ends before that. */
  #load(requestedBytes: number): boolean {
    const end = this.#length + Math.max(requestedBytes, STEP_BYTES);
    const read = this.file.read(this.#buffer.subarray(this.#length, end), this.#start + this.#length);
    this.#length += read;
    return read >= requestedBytes;
  }
}
