import type { OpenImage } from '../openImage.js';
import type { FeatureRow } from '../feature.js';
import { requireFeatureTable, requireIntactTrees } from './featureTable.js';
import { MemoryBudget } from './readFeaturesTask.js';

export interface RowsInput {
  /** All rows if undefined. */
  readonly ids: readonly number[] | undefined;
}

export function readFeatureRowsTask(database: OpenImage, { ids }: RowsInput): readonly FeatureRow[] {
  requireIntactTrees(database);
  const { table, columns, allColumns } = requireFeatureTable(database);
  const id = columns.id ?? 'rowid';
  const select = `SELECT ${id}, ${allColumns.map(({ quoted }) => quoted).join(', ')} FROM ${table} NOT INDEXED`;
  const budget = new MemoryBudget();
  const rows =
    ids === undefined
      ? [...database.exactRows(`${select} ORDER BY ${id}`)]
      : rowsById(database, `${select} WHERE ${id} = ?`, ids);
  return rows.map(([rowId, ...values]) => {
    budget.spend(values);
    return {
      id: Number(rowId),
      values: Object.fromEntries(allColumns.map(({ name }, index) => [name, values[index] ?? null])),
    };
  });
}

function rowsById(database: OpenImage, sql: string, ids: readonly number[]) {
  return [...new Set(ids)].sort((a, b) => a - b).flatMap((id) => [...database.exactRows(sql, [id])]);
}
