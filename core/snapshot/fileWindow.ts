import type { OpenFile } from './openFile.js';

/** Smaller files are read once and kept in memory; of larger ones, only this much is in memory at a time. */
export const WINDOW_SIZE_BYTES = 16 * 1024 * 1024;

/** The read-ahead. It is small because most of a reused log is often obsolete. */
const STEP_BYTES = 256 * 1024;

/** Random access to a file of any size through one buffer. The size is determined once, when the window is created. */
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

  /** True if no byte is ever read twice, so verified bytes need no second check. */
  get isFullyLoaded(): boolean {
    return this.#buffer.length === this.sizeBytes;
  }

  /** A view that is valid until the next call; undefined if the file is too short. */
  bytesAt(offset: number, lengthBytes: number): Buffer | undefined {
    if (lengthBytes > this.#buffer.length) return undefined;
    if (offset < this.#start || offset + lengthBytes > this.#start + this.#buffer.length) {
      if (this.isFullyLoaded) return undefined;
      this.#start = offset;
      this.#length = 0;
    }
    const missingBytes = offset + lengthBytes - this.#start - this.#length;
    if (missingBytes > 0 && !this.#load(missingBytes)) return undefined;
    return this.#buffer.subarray(offset - this.#start, offset - this.#start + lengthBytes);
  }

  /** False if the file ends earlier. */
  #load(requestedBytes: number): boolean {
    const end = this.#length + Math.max(requestedBytes, STEP_BYTES);
    const read = this.file.read(this.#buffer.subarray(this.#length, end), this.#start + this.#length);
    this.#length += read;
    return read >= requestedBytes;
  }
}
