import assert from 'node:assert/strict';
import { contentProblem } from '../../../core/store/readStoredFile.js';
import { FULL_METADATA } from '../../support/fullMetadata.js';

describe('content problem', () => {
  const [saved, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const metadata = { ...FULL_METADATA, sha256: saved };

  it('is undefined if the checksum matches the metadata', () => {
    assert.equal(contentProblem({ metadata }, saved), undefined);
  });

  it('names both checksums if they differ', () => {
    const problem = contentProblem({ metadata }, other);
    assert.equal(problem, `its content has changed since it was made: SHA-256 ${other} instead of ${saved}`);
  });

  it('is undefined if no checksum was recorded', () => {
    assert.equal(contentProblem({ metadata: undefined }, other), undefined);
    assert.equal(contentProblem({ metadata: { ...metadata, sha256: undefined } }, other), undefined);
  });
});
