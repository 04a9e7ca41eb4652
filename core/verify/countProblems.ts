import type { FeatureCounts } from '../database/index.js';
import { countInWords, groupedDigits } from '../system/index.js';

const NOUNS: Readonly<Record<keyof FeatureCounts, readonly [noun: string, plural?: string]>> = {
  total: ['feature'],
  passing: ['passing feature'],
  inProgress: ['feature in progress', 'features in progress'],
};

/** Which of these counts are not what the backup's name and metadata say. */
export function countProblems(
  expected: Partial<FeatureCounts>,
  found: FeatureCounts | undefined,
  keys: readonly (keyof FeatureCounts)[],
): readonly string[] {
  if (found === undefined) return [];
  return keys.flatMap((key) => {
    const said = expected[key];
    if (said === undefined || said === found[key]) return [];
    return [`It holds ${countInWords(found[key], ...NOUNS[key])} instead of ${groupedDigits(said)}`];
  });
}
