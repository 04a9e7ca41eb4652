import { pageAt, type Layout } from './layout.js';
import type { LeafCell } from './tablePage.js';

/** A cell's complete payload with its overflow chain; undefined if the chain is broken or circular. */
export function readPayload(layout: Layout, cell: LeafCell): Buffer | undefined {
  const parts: Buffer[] = [cell.local];
  const overflowPages = new Set<number>();
  let missing = cell.payloadLength - cell.local.length;
  let next = cell.firstOverflowPage;
  while (missing > 0) {
    const page = overflowPages.has(next) ? undefined : pageAt(layout, next);
    if (page === undefined) return undefined;
    overflowPages.add(next);
    const content = page.subarray(4, Math.min(layout.usableBytes, 4 + missing));
    parts.push(content);
    missing -= content.length;
    next = page.readUInt32BE(0);
  }
  // The last page of a chain has no successor. Otherwise another row has reused the chain.
  if (next !== 0 && overflowPages.size > 0) return undefined;
  return parts.length === 1 ? cell.local : Buffer.concat(parts);
}
