import type { Layout } from '../pages/layout.js';
import { parseTablePage, type LeafCell } from '../pages/tablePage.js';

export interface LeafPage {
  readonly pageNumber: number;
  readonly cells: readonly LeafCell[];
  readonly badCells: number;
}

export interface TreeWalk {
  readonly leaves: readonly LeafPage[];
  readonly visited: ReadonlySet<number>;
  /** Pages that the tree points at and that are none of its kind any more. */
  readonly unreadable: readonly number[];
  /** True where there may be leaves that were not reached. */
  readonly incomplete: boolean;
}

interface Step {
  readonly page: number;
  /** Rowids below it are greater than the one and at most the other. */
  readonly above: number;
  readonly upTo: number;
}

/** Follows a table's tree from its root to every leaf, each page once, whatever the pages claim. */
export function walkTree(layout: Layout, rootPage: number): TreeWalk {
  const leaves: LeafPage[] = [];
  const visited = new Set<number>();
  const unreadable: number[] = [];
  let incomplete = false;
  const pending: Step[] = [{ page: rootPage, above: -Infinity, upTo: Infinity }];
  for (let step = pending.pop(); step !== undefined; step = pending.pop()) {
    const parsed = visited.has(step.page) ? undefined : parseTablePage(layout, step.page);
    if (parsed === undefined) unreadable.push(step.page);
    if (parsed === undefined || (parsed.kind === 'interior' && parsed.badCells > 0)) incomplete = true;
    if (parsed === undefined) continue;
    visited.add(step.page);
    if (parsed.kind === 'leaf') leaves.push(keepInOrder(step.page, parsed, step));
    else pending.push(...stepsBelow(parsed.children, step));
  }
  return { leaves, visited, unreadable, incomplete };
}

/** On a page whose rowids do not ascend within their bounds, those that break the order are damaged. */
export function keepInOrder(
  pageNumber: number,
  { cells, badCells }: { readonly cells: readonly LeafCell[]; readonly badCells: number },
  { above, upTo }: Pick<Step, 'above' | 'upTo'>,
): LeafPage {
  const inBounds = cells.filter(({ rowid }) => rowid > above && rowid <= upTo);
  const kept = longestAscending(inBounds);
  return { pageNumber, cells: kept, badCells: badCells + cells.length - kept.length };
}

/** One wild rowid must not take the others with it: of all ways to drop cells, the one that drops the fewest. */
function longestAscending(cells: readonly LeafCell[]): readonly LeafCell[] {
  if (cells.every((cell, index) => index === 0 || cell.rowid > (cells[index - 1]?.rowid ?? Infinity))) return cells;
  if (cells.length > MAX_TO_COMPARE) return ascendingFromStart(cells);
  const best = cells.map((cell) => ({ cell, length: 1, previous: -1 }));
  best.forEach((entry, index) => {
    for (const [earlierIndex, earlier] of best.entries()) {
      if (earlierIndex === index) break;
      if (earlier.cell.rowid >= entry.cell.rowid || earlier.length < entry.length) continue;
      entry.length = earlier.length + 1;
      entry.previous = earlierIndex;
    }
  });
  let at = best.reduce((longest, entry, index) => (entry.length > (best[longest]?.length ?? 0) ? index : longest), 0);
  const kept: LeafCell[] = [];
  for (let entry = best[at]; entry !== undefined; entry = best[at]) {
    kept.unshift(entry.cell);
    at = entry.previous;
  }
  return kept;
}

/** More than any page of rows holds; comparing each with each would take too long. */
const MAX_TO_COMPARE = 500;

function ascendingFromStart(cells: readonly LeafCell[]): readonly LeafCell[] {
  let highest = -Infinity;
  return cells.filter(({ rowid }) => {
    if (rowid <= highest) return false;
    highest = rowid;
    return true;
  });
}

function stepsBelow(children: readonly { readonly page: number; readonly maxRowid: number }[], parent: Step): Step[] {
  let above = parent.above;
  return children.map(({ page, maxRowid }) => {
    const step = { page, above, upTo: Math.min(maxRowid, parent.upTo) };
    above = Math.max(above, maxRowid);
    return step;
  });
}
