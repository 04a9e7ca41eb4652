import { BackupError } from '../../system/index.js';
import { featureFromRow } from '../featureFromValues.js';
import { readFeatureRows } from '../imageOperations.js';
import { checkImage } from '../check.js';
import { salvageFromPages } from './salvageFromPages.js';
import type { SalvageResult } from './salvagedFeature.js';

/**
 * Reads every feature that can still be read from a truncated or partly overwritten file, even without a header. SQLite
 * reads an intact file; in any other, each page is parsed on its own. Never throws because of the content.
 */
export async function salvageFeatures(bytes: Buffer): Promise<SalvageResult> {
  return (await readWithSqlite(bytes)) ?? salvageFromPages(bytes);
}

async function readWithSqlite(bytes: Buffer): Promise<SalvageResult | undefined> {
  try {
    // `quick_check` suffices, because reading a table needs no index.
    if (!(await checkImage(bytes, 'quick_check')).ok) return undefined;
    const rows = await readFeatureRows(bytes);
    return {
      features: rows.map((row) => ({
        feature: featureFromRow(row),
        row,
        method: 'sql',
        pageNumber: undefined,
        isUnreliable: false,
      })),
      unreadablePages: [],
      unreadablePageCount: 0,
      unreadableRowCount: 0,
      columns: 'schema',
    };
  } catch (error) {
    // Even after a time limit or with a missing table, the pages may contain features.
    if (error instanceof BackupError) return undefined;
    throw error;
  }
}
