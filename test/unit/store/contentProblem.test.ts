import assert from 'node:assert/strict';
import { contentProblem } from '../../../core/store/readStoredFile.js';
import { FULL_METADATA } from '../../support/fullMetadata.js';

describe('the content of a backup', () => {
  const [saved, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const metadata = { ...FULL_METADATA, sha256: saved };

  it('is what was saved where its hash is that of the metadata', () => {
    assert.equal(contentProblem({ metadata }, saved), undefined);
  });

  it('has changed where its hash is another, and both are named', () => {
    const problem = contentProblem({ metadata }, other);
    assert.equal(problem, `its content has changed since it was made: SHA-256 ${other} instead of ${saved}`);
  });

  it('is not doubted where nothing says what was saved', () => {
    assert.equal(contentProblem({ metadata: undefined }, other), undefined);
    assert.equal(contentProblem({ metadata: { ...metadata, sha256: undefined } }, other), undefined);
  });
});
