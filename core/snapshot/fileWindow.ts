import type { OpenFile } from './openFile.js';

/** Files up to this size are read once and kept; of larger ones only this much is in memory at a time. */
export const WINDOW_SIZE_BYTES = 16 * 1024 * 1024;

/** Random access to a file of any size through one buffer. The size is asked for once, when the window is made. */
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
    this.#load(0);
  }

  /** True when every byte was read exactly once: what was verified then needs no second look. */
  get isWhole(): boolean {
    return this.#buffer.length === this.sizeBytes;
  }

  /** A view that is valid until the next call; undefined where the file has not that many bytes there. */
  bytesAt(offset: number, lengthBytes: number): Buffer | undefined {
    if (offset < this.#start || offset + lengthBytes > this.#start + this.#length) {
      if (this.isWhole || lengthBytes > this.#buffer.length) return undefined;
      this.#load(offset);
      if (lengthBytes > this.#length) return undefined;
    }
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + lengthBytes);
  }

  #load(offset: number): void {
    this.#start = offset;
    this.#length = this.file.read(this.#buffer, offset);
  }
}
