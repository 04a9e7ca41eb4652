import assert from 'node:assert/strict';
import { featureFromValues } from '../../../core/database/featureFromValues.js';

describe('reading one row as a feature', () => {
  it('uses defaults for columns missing from an older schema', () => {
    assert.deepEqual(featureFromValues({ id: 7, name: 'Log in' }), {
      id: 7,
      priority: 0,
      category: '',
      name: 'Log in',
      description: '',
      steps: [],
      passes: false,
      inProgress: false,
      dependencies: [],
      needsHumanInput: false,
      humanInputRequest: null,
      humanInputResponse: null,
    });
  });

  it('reads NULL in a boolean as false', () => {
    const { passes, inProgress } = featureFromValues({ passes: null, inProgress: 1n });
    assert.deepEqual([passes, inProgress], [false, true]);
  });

  it('keeps steps that are not a JSON list as one step', () => {
    const steps = (text: string): readonly string[] => featureFromValues({ steps: text }).steps;
    assert.deepEqual(steps('["open", "click"]'), ['open', 'click']);
    assert.deepEqual(steps('["open", {"do": 1}]'), ['open', '{"do":1}']);
    assert.deepEqual(steps('["open", "cl'), ['["open", "cl']);
    assert.deepEqual(steps('{"a":1}'), ['{"a":1}']);
    assert.deepEqual(steps('null'), []);
  });

  it('keeps the numbers of invalid dependencies', () => {
    const dependencies = (text: string | null): readonly number[] =>
      featureFromValues({ dependencies: text }).dependencies;
    assert.deepEqual(dependencies('[3, "x", 4.5, 8]'), [3, 8]);
    assert.deepEqual(dependencies('[3'), []);
    assert.deepEqual(dependencies('null'), []);
    assert.deepEqual(dependencies(null), []);
  });
});
