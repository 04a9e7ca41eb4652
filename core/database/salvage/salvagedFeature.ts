import type { Feature, FeatureRow } from '../feature.js';

/**
 * How a row was found, most reliable first: by SQLite in an intact database; in the table's tree; on a page that
 * another page still references; on an unreferenced page.
 */
export type SalvageMethod = 'sql' | 'tree' | 'linked-page' | 'loose-page';

export interface SalvagedFeature {
  readonly feature: Feature;
  /** The stored row, for `applyFeatures`. */
  readonly row: FeatureRow;
  readonly method: SalvageMethod;
  /** Undefined if SQLite read it. */
  readonly pageNumber: number | undefined;
  /** True if some text could not be decoded, or if the page has unreadable rows. */
  readonly isUnreliable: boolean;
}

export interface SalvageResult {
  /** Ordered by id, each id once. */
  readonly features: readonly SalvagedFeature[];
  /** The first of the table's unreadable pages. */
  readonly unreadablePages: readonly number[];
  readonly unreadablePageCount: number;
  readonly unreadableRowCount: number;
  /** `assumed`: the schema is unreadable, so AutoForge's column order is assumed. */
  readonly columns: 'schema' | 'assumed';
}
