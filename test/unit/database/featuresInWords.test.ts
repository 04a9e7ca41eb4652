import assert from 'node:assert/strict';
import { featuresInWords } from '../../../core/database/featuresInWords.js';

describe('a backlog in words', () => {
  it('is the known counts of features and passing ones', () => {
    assert.equal(featuresInWords({ total: 1598, passing: 1200 }), '1,598 features, 1,200 passing');
    assert.equal(featuresInWords({ total: 1 }), '1 feature');
    assert.equal(featuresInWords({}), 'an unknown number of features');
  });
});
