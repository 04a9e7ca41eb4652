import { compareFeatures } from '../../../core/database/compareFeatures.js';
import type { FeatureComparison } from '../../../core/database/feature.js';
import { readFeatures } from '../../../core/database/imageOperations.js';

/** Replaces `core/database/compareImages.ts`, which runs SQLite: the images of the simulation are not databases. */
export async function compareImages(before: Buffer, after: Buffer): Promise<FeatureComparison> {
  return compareFeatures(await readFeatures(before), await readFeatures(after));
}
