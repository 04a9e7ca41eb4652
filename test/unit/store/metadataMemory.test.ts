import assert from 'node:assert/strict';
import nodeFileSystem, { statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import { readMetadata } from '../../../core/store/metadataFile.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('metadata that were read before', () => {
  const folder = useTemporaryFolder();

  it('are read again after a change that leaves inode, size and time of modification as they were', async () => {
    const path = folder.join('features_1.json');
    const write = (reason: string): void => {
      writeFileSync(path, JSON.stringify({ reason }));
      utimesSync(path, 1_700_000_000, 1_700_000_000);
    };
    const identity = () => {
      const { ino, size, mtimeMs } = statSync(path);
      return { ino, size, mtimeMs };
    };
    let opened = 0;
    const files = {
      ...nodeFileSystem,
      openSync: (...args: Parameters<typeof nodeFileSystem.openSync>) => {
        opened += 1;
        return nodeFileSystem.openSync(...args);
      },
    };
    const reason = () => readMetadata(path, files).metadata?.reason;

    write('one');
    const before = identity();
    // Younger files are never remembered, because the clock of a disk goes in steps.
    await sleep(150);
    assert.deepEqual([reason(), reason(), opened], ['one', 'one', 1]);
    write('two');
    assert.deepEqual(identity(), before);
    assert.equal(reason(), 'two');
  });
});
