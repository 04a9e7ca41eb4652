import assert from 'node:assert/strict';
import { compareFeatures } from '../../../core/database/compareFeatures.js';
import type { Feature } from '../../../core/database/feature.js';

describe('comparing two sets of features', () => {
  it('finds added and removed features, ordered by id', () => {
    const result = compareFeatures([feature(5), feature(2)], [feature(9), feature(5), feature(7)]);
    assert.deepEqual(ids(result.added), [7, 9]);
    assert.deepEqual(ids(result.removed), [2]);
    assert.equal(result.unchangedCount, 1);
  });

  it('reports each changed field with both values', () => {
    const before = feature(1, { steps: ['a', 'b'], dependencies: [3], humanInputRequest: null });
    const after = feature(1, { name: 'New', steps: ['a', 'c'], dependencies: [3], humanInputRequest: '?' });
    assert.deepEqual(compareFeatures([before], [after]).changed, [
      {
        id: 1,
        name: 'New',
        changes: [
          { field: 'name', before: 'Feature 1', after: 'New' },
          { field: 'steps', before: ['a', 'b'], after: ['a', 'c'] },
          { field: 'humanInputRequest', before: null, after: '?' },
        ],
      },
    ]);
  });

  it('detects a list that only grew or changed its order', () => {
    const changed = (after: readonly number[]): number =>
      compareFeatures([feature(1, { dependencies: [1, 2] })], [feature(1, { dependencies: after })]).changed.length;
    assert.deepEqual([changed([1, 2]), changed([2, 1]), changed([1, 2, 3]), changed([1])], [0, 1, 1, 1]);
  });

  it('counts changes between passing and failing, without new and removed features', () => {
    const before = [feature(1, { passes: true }), feature(2), feature(3), feature(4, { passes: true })];
    const after = [
      feature(1),
      feature(2, { passes: true }),
      feature(3, { passes: true }),
      feature(5, { passes: true }),
    ];
    const { passingToFailing, failingToPassing } = compareFeatures(before, after);
    assert.deepEqual({ passingToFailing, failingToPassing }, { passingToFailing: 1, failingToPassing: 2 });
  });
});

function ids(features: readonly Feature[]): number[] {
  return features.map(({ id }) => id);
}

function feature(id: number, fields: Partial<Feature> = {}): Feature {
  return {
    id,
    priority: 1,
    category: 'UI',
    name: `Feature ${id}`,
    description: '',
    steps: [],
    passes: false,
    inProgress: false,
    dependencies: [],
    needsHumanInput: false,
    humanInputRequest: null,
    humanInputResponse: null,
    ...fields,
  };
}
