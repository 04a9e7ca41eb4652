import type { Feature, FeatureRow } from '../feature.js';

/**
 * How a row was found, from the surest to the least sure: by SQLite in a database that is whole; along the table's tree;
 * on a page that some tree of rows still points at; on a page that nothing points at any more.
 */
export type SalvageMethod = 'sql' | 'tree' | 'linked-page' | 'loose-page';

export interface SalvagedFeature {
  readonly feature: Feature;
  /** The row as it is stored, to be merged into a backup with `applyFeatures`. */
  readonly row: FeatureRow;
  readonly method: SalvageMethod;
  /** Where it stood; undefined where SQLite read it. */
  readonly pageNumber: number | undefined;
  /** True where some of its text could not be decoded, or its page has other rows that could not be read. */
  readonly doubtful: boolean;
}

export interface Salvaged {
  /** In the order of ids, each id once. */
  readonly features: readonly SalvagedFeature[];
  /** Pages of the table that could not be read at all, a few of them by number. */
  readonly unreadablePages: readonly number[];
  readonly unreadablePageCount: number;
  /** Rows seen but not readable. */
  readonly unreadableRowCount: number;
  /** `assumed`: the schema could not be read, and the columns are taken to be in the order in which AutoForge makes them. */
  readonly columns: 'schema' | 'assumed';
}
