import type { FeatureCounts } from '../database/index.js';
import { countInWords, groupedDigits } from '../system/index.js';

const NOUNS: Readonly<Record<keyof FeatureCounts, readonly [noun: string, plural?: string]>> = {
  total: ['feature'],
  passing: ['passing feature'],
  inProgress: ['feature in progress', 'features in progress'],
};

/** The counts that differ from the backup's name and metadata. */
export function countProblems(
  expected: Partial<FeatureCounts>,
  found: FeatureCounts | undefined,
  keys: readonly (keyof FeatureCounts)[],
): readonly string[] {
  if (found === undefined) return [];
  return keys.flatMap((key) => {
    const recorded = expected[key];
    if (recorded === undefined || recorded === found[key]) return [];
    return [`It contains ${countInWords(found[key], ...NOUNS[key])} instead of ${groupedDigits(recorded)}`];
  });
}
