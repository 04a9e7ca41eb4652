import type { OpenImage } from '../openImage.js';
import { CELL_SEPARATOR, plainRowsSelect, RowDigests } from '../rowDigests.js';
import { requireFeatureTable, requireIntactTrees } from './featureTable.js';

/** Digests of all rows, and the SELECT from which another reader computes the same digests. */
export interface FeatureDigests {
  readonly select: string;
  readonly digests: Uint8Array;
}

export function digestFeaturesTask(database: OpenImage): FeatureDigests {
  requireIntactTrees(database);
  const { table, columns, allColumns } = requireFeatureTable(database);
  const quoted = allColumns.map((column) => column.quoted);
  const select = plainRowsSelect(table, columns.id ?? 'rowid', quoted);
  const digests = new RowDigests();
  for (const row of database.rows(select)) digests.add(row.map(String).join(CELL_SEPARATOR));
  return { select, digests: digests.finish() };
}
