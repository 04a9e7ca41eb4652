import { runTask } from './runTask.js';
import type { Feature, FeatureRow } from './types.js';

/**
 * All features, in the order of their ids; an older schema's missing columns read as their defaults. Throws
 * `database-damaged`, `not-a-database`, `features-missing`, `too-large` or `time-limit`.
 */
export async function readFeatures(image: Buffer, limitMs?: number): Promise<readonly Feature[]> {
  return await runTask('readFeatures', image, null, limitMs);
}

/** The same rows unconverted, to be written elsewhere; only those with these ids where ids are given. Absent ids are left out. */
export async function readFeatureRows(image: Buffer, ids?: readonly number[]): Promise<readonly FeatureRow[]> {
  return await runTask('readFeatureRows', image, { ids });
}
