import assert from 'node:assert/strict';
import { appendFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileSignature, isDatabaseChanged } from '../../../extension/projects/fileSignature.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('polling without file events', () => {
  const folder = useTemporaryFolder();
  const poll = async () => await fileSignature(folder.join('features.db'), folder.join('store'));

  it('notices writes, also to the write-ahead log, and a removal', async () => {
    writeFileSync(folder.join('features.db'), 'x');
    const first = await poll();
    assert.equal(isDatabaseChanged(undefined, first, false), false);
    assert.equal(isDatabaseChanged(first, await poll(), false), false);
    appendFileSync(folder.join('features.db-wal'), 'x');
    const second = await poll();
    assert.equal(isDatabaseChanged(first, second, false), true);
    rmSync(folder.join('features.db'));
    assert.equal(isDatabaseChanged(second, await poll(), false), true);
  });

  it('notices the return of a database that was reported as missing between two polls', async () => {
    writeFileSync(folder.join('features.db'), 'x');
    const before = await poll();
    renameSync(folder.join('features.db'), folder.join('away'));
    const missing = await poll();
    assert.equal(isDatabaseChanged(missing, missing, true), false);
    renameSync(folder.join('away'), folder.join('features.db'));
    const after = await poll();
    assert.deepEqual(after, before);
    assert.equal(isDatabaseChanged(before, after, true), true);
  });
});
