import { countInWords, groupedDigits } from '../system/index.js';
import type { FeatureCounts } from './feature.js';

/** "598 features, 200 passing"; unknown counts are omitted. */
export function featuresInWords({ total, passing }: Partial<FeatureCounts>): string {
  if (total === undefined) return 'an unknown number of features';
  return countInWords(total, 'feature') + (passing === undefined ? '' : `, ${groupedDigits(passing)} passing`);
}
