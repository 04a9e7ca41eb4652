const BASE_MS = 20_000;
const MS_PER_MEGABYTE = 100;

/** How long reading an image of this size may take: far more than it does where nothing is wrong. */
export function timeLimitMs(sizeBytes: number): number {
  return BASE_MS + Math.ceil(sizeBytes / 1_000_000) * MS_PER_MEGABYTE;
}
