import { featureFromRow } from '../featureFromValues.js';
import { PAGE_SIZES, makeLayout, readLayout, type Layout } from '../pages/layout.js';
import { describeTable } from './describeTable.js';
import { findLeaves } from './findLeaves.js';
import { RowReader, type SalvagedRow } from './rowReader.js';
import type { SalvageMethod, SalvageResult, SalvagedFeature } from './salvagedFeature.js';

const MAX_PAGES_NAMED = 100;

/** Reads the rows page by page, without SQLite. */
export function salvageFromPages(bytes: Buffer): SalvageResult {
  const layout = readLayout(bytes);
  const found = layout && salvageWithLayout(layout);
  // The header with the page size may be damaged.
  if (found !== undefined && found.features.length > 0) return found;
  const candidates = PAGE_SIZES.map((size) => salvageWithLayout(makeLayout(bytes, size)));
  const best = candidates.reduce((max, guess) => (guess.features.length > max.features.length ? guess : max));
  return best.features.length > 0 ? best : (found ?? best);
}

function salvageWithLayout(layout: Layout): SalvageResult {
  const table = describeTable(layout);
  const { leaves, unreadable } = findLeaves(layout, table);
  const reader = new RowReader(layout, table.columns);
  const best = new Map<number, SalvagedRow>();
  for (const leaf of leaves) {
    for (const row of reader.read(leaf)) {
      const earlier = best.get(row.row.id);
      if (earlier === undefined || isBetter(row, earlier)) best.set(row.row.id, row);
    }
  }
  return {
    features: [...best.values()].sort((left, right) => left.row.id - right.row.id).map(toSalvagedFeature),
    unreadablePages: unreadable.slice(0, MAX_PAGES_NAMED),
    unreadablePageCount: unreadable.length,
    unreadableRowCount: reader.unreadableRows,
    columns: table.source,
  };
}

const METHODS_BY_CONFIDENCE: readonly SalvageMethod[] = ['sql', 'tree', 'linked-page', 'loose-page'];

/** Of two rows with one id, prefers the more reliable one, else the one with more progress. */
function isBetter(row: SalvagedRow, other: SalvagedRow): boolean {
  const confidence = METHODS_BY_CONFIDENCE.indexOf(other.method) - METHODS_BY_CONFIDENCE.indexOf(row.method);
  if (confidence !== 0) return confidence > 0;
  if (row.isUnreliable !== other.isUnreliable) return other.isUnreliable;
  return progress(row) > progress(other);
}

function progress({ row }: SalvagedRow): number {
  const { passes, inProgress } = featureFromRow(row);
  return (passes ? 2 : 0) + (inProgress ? 1 : 0);
}

function toSalvagedFeature(found: SalvagedRow): SalvagedFeature {
  return { feature: featureFromRow(found.row), ...found };
}
