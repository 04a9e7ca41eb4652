import { BackupError } from '../../system/index.js';
import { featureFromRow } from '../featureFromValues.js';
import { readFeatureRows } from '../imageOperations.js';
import { checkImage } from '../check.js';
import { salvageFromPages } from './salvageFromPages.js';
import type { Salvaged } from './salvagedFeature.js';

/**
 * Reads every feature that can still be read, whatever has become of the file: truncated, overwritten in places, its
 * header gone. SQLite reads it where it is whole; else its pages are read here, one by one, so that no damage can lead
 * round in circles. Never throws for what the bytes hold.
 */
export async function salvageFeatures(bytes: Buffer): Promise<Salvaged> {
  return (await readWhole(bytes)) ?? salvageFromPages(bytes);
}

async function readWhole(bytes: Buffer): Promise<Salvaged | undefined> {
  try {
    // `integrity_check` too would do, but an index is not needed to read a table.
    if (!(await checkImage(bytes, 'quick_check')).ok) return undefined;
    const rows = await readFeatureRows(bytes);
    return {
      features: rows.map((row) => ({
        feature: featureFromRow(row),
        row,
        method: 'sql',
        pageNumber: undefined,
        doubtful: false,
      })),
      unreadablePages: [],
      unreadablePageCount: 0,
      unreadableRowCount: 0,
      columns: 'schema',
    };
  } catch (error) {
    // Whatever kept SQLite from it (the time limit, a missing table), the pages may still hold something.
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
