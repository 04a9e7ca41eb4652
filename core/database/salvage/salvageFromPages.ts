import { featureFromRow } from '../featureFromValues.js';
import { PAGE_SIZES, layoutOf, readLayout, type Layout } from '../pages/layout.js';
import { describeTable } from './columnOrder.js';
import { findLeaves } from './findLeaves.js';
import { RowReader, type FoundRow } from './rowReader.js';
import type { SalvageMethod, Salvaged, SalvagedFeature } from './salvagedFeature.js';

const MAX_PAGES_NAMED = 100;

/** Reads the rows page by page, without SQLite. */
export function salvageFromPages(bytes: Buffer): Salvaged {
  const layout = readLayout(bytes);
  const found = layout && salvageWith(layout);
  // The header with the page size may be damaged.
  if (found !== undefined && found.features.length > 0) return found;
  const guesses = PAGE_SIZES.map((size) => salvageWith(layoutOf(bytes, size)));
  const best = guesses.reduce((max, guess) => (guess.features.length > max.features.length ? guess : max));
  return best.features.length > 0 ? best : (found ?? best);
}

function salvageWith(layout: Layout): Salvaged {
  const table = describeTable(layout);
  const { leaves, unreadable } = findLeaves(layout, table);
  const reader = new RowReader(layout, table.columns);
  const best = new Map<number, FoundRow>();
  for (const leaf of leaves) {
    for (const row of reader.read(leaf)) {
      const earlier = best.get(row.row.id);
      if (earlier === undefined || isBetter(row, earlier)) best.set(row.row.id, row);
    }
  }
  return {
    features: [...best.values()].sort((left, right) => left.row.id - right.row.id).map(asSalvaged),
    unreadablePages: unreadable.slice(0, MAX_PAGES_NAMED),
    unreadablePageCount: unreadable.length,
    unreadableRowCount: reader.unreadableRows,
    columns: table.source,
  };
}

const BY_CONFIDENCE: readonly SalvageMethod[] = ['sql', 'tree', 'linked-page', 'loose-page'];

/** Of two rows with one id, prefers the more reliable one, else the one with more progress. */
function isBetter(row: FoundRow, than: FoundRow): boolean {
  const confidence = BY_CONFIDENCE.indexOf(than.method) - BY_CONFIDENCE.indexOf(row.method);
  if (confidence !== 0) return confidence > 0;
  if (row.doubtful !== than.doubtful) return than.doubtful;
  return progress(row) > progress(than);
}

function progress({ row }: FoundRow): number {
  const { passes, inProgress } = featureFromRow(row);
  return (passes ? 2 : 0) + (inProgress ? 1 : 0);
}

function asSalvaged(found: FoundRow): SalvagedFeature {
  return { feature: featureFromRow(found.row), ...found };
}
