/**
 * The contents of the simulated live database. Each commit creates another state, a number from which every page is filled,
 * so any image is exactly one state or detectably none.
 */
export const PAGE_BYTES = 512;

const IMAGES = new Map<number, Buffer>();

/** The whole database in that state, as in SQLite's WAL mode. Read-only. */
export function imageOf(state: number): Buffer {
  const known = IMAGES.get(state);
  if (known !== undefined) return known;
  const image = makeImage(state);
  IMAGES.set(state, image);
  return image;
}

/** The number of features of a state: never so few that it counts as shrunk. */
export function featureCountOf(state: number): number {
  return 8 + (state % 5);
}

/** The state in an image, or what is wrong with it. */
export function decodeImage(image: Buffer): number | string {
  if (image.length < PAGE_BYTES) return `it has only ${image.length.toString()} bytes`;
  const state = image.readUInt32BE(STATE_AT);
  const expected = IMAGES.get(state) ?? (state < MAX_STATE ? imageOf(state) : undefined);
  if (expected === undefined) return `page 1 belongs to no state (${state.toString()})`;
  if (image.length !== expected.length) {
    return `state ${state.toString()} has ${expected.length.toString()} bytes, not ${image.length.toString()}`;
  }
  for (let at = 0; at < image.length; at += 1) {
    if (image[at] === expected[at] || at === FORMAT_AT || at === FORMAT_AT + 1) continue;
    return `page ${(Math.floor(at / PAGE_BYTES) + 1).toString()} does not belong to state ${state.toString()}`;
  }
  return state;
}

/** "Database File Format", 1.3: the write and read versions; a snapshot sets them to 1. */
export const FORMAT_AT = 18;
const STATE_AT = 100;
const MAX_STATE = 100_000;

function makeImage(state: number): Buffer {
  const pageCount = 2 + ((state * 7) % 5);
  const image = Buffer.alloc(pageCount * PAGE_BYTES);
  let filling = (state + 1) >>> 0;
  for (let at = 0; at < image.length; at += 4) {
    filling = (Math.imul(filling, 1664525) + 1013904223) >>> 0;
    image.writeUInt32LE(filling, at);
  }
  image.fill(0, 0, STATE_AT + 4);
  image.write('SQLite format 3\0', 0, 'latin1');
  image.writeUInt16BE(PAGE_BYTES, 16);
  image.fill(2, FORMAT_AT, FORMAT_AT + 2);
  image.set([64, 32, 32], 21);
  image.writeUInt32BE(state, 24);
  image.writeUInt32BE(pageCount, 28);
  image.writeUInt32BE(state, 92);
  image.writeUInt32BE(state, STATE_AT);
  return image;
}
