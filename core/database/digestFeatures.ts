import { runTask } from './runTask.js';
import type { FeatureDigests } from './tasks/digestFeaturesTask.js';

/** All features with all their columns, as digests. Throws as `readFeatures` does. */
export async function digestFeatures(image: Buffer): Promise<FeatureDigests> {
  return await runTask('digestFeatures', image, null);
}
