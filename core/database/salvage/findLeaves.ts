import { pageAt, type Layout } from '../pages/layout.js';
import { parseTablePage } from '../pages/tablePage.js';
import type { TableDescription } from './describeTable.js';
import { dropMisplacedCells, walkTree, type LeafPage, type TreeWalk } from './treeWalk.js';
import type { SalvageMethod } from './salvagedFeature.js';

export interface CandidateLeaf extends LeafPage {
  readonly method: SalvageMethod;
}

/** Pages that contain, or may contain, rows of the table. */
export function findLeaves(
  layout: Layout,
  table: TableDescription,
): { readonly leaves: readonly CandidateLeaf[]; readonly unreadable: readonly number[] } {
  const tree = table.rootPage === undefined ? NO_TREE : walkTree(layout, table.rootPage);
  const inTree = tree.leaves.map((leaf) => ({ ...leaf, method: 'tree' as const }));
  // In a complete tree, rows on other pages were deleted.
  if (!tree.incomplete) return { leaves: inTree, unreadable: tree.unreadable };
  return { leaves: [...inTree, ...scanForLeaves(layout, table, tree)], unreadable: tree.unreadable };
}

const NO_TREE: TreeWalk = { leaves: [], visited: new Set(), unreadable: [], incomplete: true };

/** Leaf pages that the tree does not reach. The caller checks whether their rows are features. */
function scanForLeaves(layout: Layout, table: TableDescription, tree: TreeWalk): readonly CandidateLeaf[] {
  const excluded = new Set([...freePages(layout), ...pagesOfOtherTables(layout, table)]);
  const linked = new Set<number>();
  const found: LeafPage[] = [];
  for (let pageNumber = 1; pageNumber <= layout.pageCount; pageNumber += 1) {
    const page = excluded.has(pageNumber) ? undefined : parseTablePage(layout, pageNumber);
    if (page?.kind === 'interior') page.children.forEach((child) => linked.add(child.page));
    if (page?.kind !== 'leaf' || tree.visited.has(pageNumber)) continue;
    found.push(dropMisplacedCells(pageNumber, page, { above: -Infinity, upTo: Infinity }));
  }
  return found.map((leaf) => ({ ...leaf, method: linked.has(leaf.pageNumber) ? 'linked-page' : 'loose-page' }));
}

function pagesOfOtherTables(layout: Layout, table: TableDescription): readonly number[] {
  return table.otherRoots.flatMap((root) => {
    const { leaves, visited } = walkTree(layout, root);
    return leaves.length === 0 ? [] : [...visited];
  });
}

/** The pages in the freelist, which contain deleted rows. */
function freePages(layout: Layout): ReadonlySet<number> {
  const free = new Set<number>();
  if (layout.image.length < HEADER_BYTES) return free;
  let trunk = layout.image.readUInt32BE(32);
  for (let page = pageAt(layout, trunk); page !== undefined && !free.has(trunk); page = pageAt(layout, trunk)) {
    free.add(trunk);
    const count = Math.min(page.readUInt32BE(4), layout.usableBytes / 4 - 2);
    for (let index = 0; index < count; index += 1) free.add(page.readUInt32BE(8 + index * 4));
    trunk = page.readUInt32BE(0);
  }
  // A list that does not match the header's count is damaged, and may contain pages in use.
  return free.size === layout.image.readUInt32BE(36) ? free : new Set();
}

const HEADER_BYTES = 100;
