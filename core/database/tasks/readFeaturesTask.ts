import { BackupError } from '../../system/index.js';
import { featureFromValues, type FeatureValues } from '../featureFromValues.js';
import type { OpenImage } from '../openImage.js';
import type { SqlValue } from '../sqlEngine.js';
import type { Feature } from '../feature.js';
import { requireFeatureTable, requireIntactTrees } from './featureTable.js';

export function readFeaturesTask(database: OpenImage): readonly Feature[] {
  requireIntactTrees(database);
  const { table, columns } = requireFeatureTable(database);
  const fields = Object.keys(columns);
  const selected = Object.values(columns).join(', ');
  const features: Feature[] = [];
  const budget = new MemoryBudget();
  for (const row of database.rows(`SELECT ${selected} FROM ${table} NOT INDEXED ORDER BY ${columns.id ?? 'rowid'}`)) {
    budget.spend(row);
    const values: FeatureValues = Object.fromEntries(fields.map((field, index) => [field, row[index]]));
    features.push(featureFromValues(values));
  }
  return features;
}

const MAX_ROWS = 2_000_000;
const MAX_CHARACTERS = 512 * 1024 * 1024;

/** Limits the memory for reading; throws `too-large`. */
export class MemoryBudget {
  #rows = MAX_ROWS;
  #characters = MAX_CHARACTERS;

  spend(row: readonly SqlValue[]): void {
    this.#rows -= 1;
    for (const value of row) {
      if (typeof value === 'string' || value instanceof Uint8Array) this.#characters -= value.length;
    }
    if (this.#rows >= 0 && this.#characters >= 0) return;
    throw new BackupError('The features do not fit into memory', {
      code: 'too-large',
      operation: 'read the features',
      hint: 'Backups and restores of the whole database still work.',
    });
  }
}
