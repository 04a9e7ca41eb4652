import type { OpenImage } from '../openImage.js';
import type { FeatureCounts } from '../feature.js';
import type { Inspection } from '../inspection.js';
import { checkTask, type CheckInput } from './checkTask.js';
import { findFeatureTable, type FeatureTable } from './featureTable.js';

/** Checks first, because a scan of a damaged tree may never end. */
export function inspectTask(database: OpenImage, input: CheckInput): Inspection {
  const check = checkTask(database, input);
  if (!check.ok) return { check, shape: undefined, counts: undefined };
  const found = findFeatureTable(database);
  if (found.shape !== 'ok') return { check, shape: found.shape, counts: undefined };
  return { check, shape: 'ok', counts: countFeatures(database, found) };
}

/** Does not use indexes, because `quick_check` does not detect an index that differs from its table. */
function countFeatures(database: OpenImage, { table, columns }: FeatureTable): FeatureCounts {
  const countIf = (column: string | undefined): string =>
    column === undefined ? '0' : `count(CASE WHEN ${column} THEN 1 END)`;
  const counts = ['count(*)', countIf(columns.passes), countIf(columns.inProgress)].join(', ');
  const row = database.firstRow(`SELECT ${counts} FROM ${table} NOT INDEXED`) ?? [];
  return { total: Number(row[0] ?? 0), passing: Number(row[1] ?? 0), inProgress: Number(row[2] ?? 0) };
}
