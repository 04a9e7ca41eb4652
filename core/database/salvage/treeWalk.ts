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
  /** Referenced pages that are not pages of a table. */
  readonly unreadable: readonly number[];
  /** True if some leaves may not have been reached. */
  readonly incomplete: boolean;
}

interface PageVisit {
  readonly page: number;
  /** Bounds of the rowids below the page: `above` is exclusive, `upTo` inclusive. */
  readonly above: number;
  readonly upTo: number;
}

/** Walks a table's tree from its root to every leaf, visiting each page at most once. */
export function walkTree(layout: Layout, rootPage: number): TreeWalk {
  const leaves: LeafPage[] = [];
  const visited = new Set<number>();
  const unreadable: number[] = [];
  let incomplete = false;
  const pending: PageVisit[] = [{ page: rootPage, above: -Infinity, upTo: Infinity }];
  for (let visit = pending.pop(); visit !== undefined; visit = pending.pop()) {
    const parsed = visited.has(visit.page) ? undefined : parseTablePage(layout, visit.page);
    if (parsed === undefined) unreadable.push(visit.page);
    if (parsed === undefined || (parsed.kind === 'interior' && parsed.badCells > 0)) incomplete = true;
    if (parsed === undefined) continue;
    visited.add(visit.page);
    if (parsed.kind === 'leaf') leaves.push(dropMisplacedCells(visit.page, parsed, visit));
    else pending.push(...childVisits(parsed.children, visit));
  }
  return { leaves, visited, unreadable, incomplete };
}

/** Drops damaged cells: their rowids are out of order or out of bounds. */
export function dropMisplacedCells(
  pageNumber: number,
  { cells, badCells }: { readonly cells: readonly LeafCell[]; readonly badCells: number },
  { above, upTo }: Pick<PageVisit, 'above' | 'upTo'>,
): LeafPage {
  const inBounds = cells.filter(({ rowid }) => rowid > above && rowid <= upTo);
  const ascending = longestAscending(inBounds);
  return { pageNumber, cells: ascending, badCells: badCells + cells.length - ascending.length };
}

/** Drops as few cells as possible, so one damaged rowid does not affect the others. */
function longestAscending(cells: readonly LeafCell[]): readonly LeafCell[] {
  if (cells.every((cell, index) => index === 0 || cell.rowid > (cells[index - 1]?.rowid ?? Infinity))) return cells;
  if (cells.length > MAX_COMPARED_CELLS) return ascendingFromStart(cells);
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
  const ascending: LeafCell[] = [];
  for (let entry = best[at]; entry !== undefined; entry = best[at]) {
    ascending.unshift(entry.cell);
    at = entry.previous;
  }
  return ascending;
}

/** More cells than one page of features contains. The comparison is quadratic. */
const MAX_COMPARED_CELLS = 500;

function ascendingFromStart(cells: readonly LeafCell[]): readonly LeafCell[] {
  let highest = -Infinity;
  return cells.filter(({ rowid }) => {
    if (rowid <= highest) return false;
    highest = rowid;
    return true;
  });
}

function childVisits(
  children: readonly { readonly page: number; readonly maxRowid: number }[],
  parent: PageVisit,
): PageVisit[] {
  let above = parent.above;
  return children.map(({ page, maxRowid }) => {
    const visit = { page, above, upTo: Math.min(maxRowid, parent.upTo) };
    above = Math.max(above, maxRowid);
    return visit;
  });
}
