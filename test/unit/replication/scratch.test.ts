import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { sweepScratch } from '../../../core/replication/scratch.js';
import { realPorts } from '../../../core/system/ports.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the leftovers of killed syncs', () => {
  const folder = useTemporaryFolder();

  it('are removed, also in folders of version 0.1.0, but no link in them is', () => {
    for (const name of ['.tmp-1-abc-def', '.tmp-1-abc-ghi']) {
      mkdirSync(folder.join(name));
      writeFileSync(folder.join(name, 'half sent'), '');
    }
    writeFileSync(folder.join('.tmp-1-abc-jkl'), '');
    writeFileSync(folder.join('notes'), '');
    symlinkSync(folder.join('notes'), folder.join('.tmp-1-abc-ghi', 'link'));
    sweepScratch(folder.path, realPorts());
    assert.deepEqual(readdirSync(folder.path).sort(), ['.tmp-1-abc-ghi', 'notes']);
    assert.deepEqual(readdirSync(folder.join('.tmp-1-abc-ghi')), ['link']);
  });
});
