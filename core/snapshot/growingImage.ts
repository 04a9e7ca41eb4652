import { BackupError } from '../system/index.js';

/** The database file in memory: read once, then changed in place. */
export class GrowingImage {
  #buffer = Buffer.alloc(0);
  #sizeBytes = 0;

  constructor(
    readonly maxSizeBytes: number,
    private readonly path: string,
  ) {}

  /** Reserves memory for a first read; a later attempt reuses it. */
  start(capacityBytes: number): void {
    this.#sizeBytes = 0;
    // Unused memory is only reserved: the system provides it on first access.
    const reservedBytes = Math.min(capacityBytes, this.maxSizeBytes);
    if (reservedBytes > this.#buffer.length) this.#buffer = Buffer.allocUnsafeSlow(reservedBytes);
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The bytes themselves, not a copy. */
  get bytes(): Buffer {
    return this.#buffer.subarray(0, this.#sizeBytes);
  }

  /** Truncates, or extends with zeros. */
  resize(sizeBytes: number): void {
    refuseTooLarge(sizeBytes, this.maxSizeBytes, this.path);
    if (sizeBytes > this.#buffer.length) this.#reserve(sizeBytes);
    if (sizeBytes > this.#sizeBytes) this.#buffer.fill(0, this.#sizeBytes, sizeBytes);
    this.#sizeBytes = sizeBytes;
  }

  /** Reads `sizeBytes` bytes with `read`, which fills the given buffer and returns the number of bytes. */
  fill(sizeBytes: number, read: (target: Buffer) => number): boolean {
    refuseTooLarge(sizeBytes, this.maxSizeBytes, this.path);
    if (sizeBytes > this.#buffer.length) this.#reserve(sizeBytes);
    this.#sizeBytes = read(this.#buffer.subarray(0, sizeBytes));
    return this.#sizeBytes === sizeBytes;
  }

  /** `pageNumber` counts from 1; pages beyond the end are ignored. */
  setPage(pageNumber: number, page: Buffer): void {
    const offset = (pageNumber - 1) * page.length;
    if (offset + page.length <= this.#sizeBytes) page.copy(this.#buffer, offset);
  }

  #reserve(sizeBytes: number): void {
    const larger = Buffer.allocUnsafeSlow(sizeBytes);
    this.#buffer.copy(larger, 0, 0, this.#sizeBytes);
    this.#buffer = larger;
  }
}

export function refuseTooLarge(sizeBytes: number, maxSizeBytes: number, path: string): void {
  if (sizeBytes <= maxSizeBytes) return;
  throw new BackupError(
    `The database is too large: ${String(sizeBytes)} bytes, but the limit is ${String(maxSizeBytes)}`,
    {
      code: 'too-large',
      operation: 'read the database',
      path,
      hint: 'A feature database is normally a few megabytes. Find out why this one is so large.',
    },
  );
}
