import { pageAt, type Layout } from '../pages/layout.js';

/** The pages that are free by the file's own list: what stands on them was deleted. */
export function freePages(layout: Layout): ReadonlySet<number> {
  const free = new Set<number>();
  if (layout.image.length < HEADER_BYTES) return free;
  let trunk = layout.image.readUInt32BE(32);
  for (let page = pageAt(layout, trunk); page !== undefined && !free.has(trunk); page = pageAt(layout, trunk)) {
    free.add(trunk);
    const count = Math.min(page.readUInt32BE(4), layout.usableBytes / 4 - 2);
    for (let index = 0; index < count; index += 1) free.add(page.readUInt32BE(8 + index * 4));
    trunk = page.readUInt32BE(0);
  }
  // A list that does not come out at the header's own count is damaged, and might name pages in use.
  return free.size === layout.image.readUInt32BE(36) ? free : new Set();
}

const HEADER_BYTES = 100;
