import assert from 'node:assert/strict';
import nodeFileSystem, { statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'mocha';
import type { FileSystem } from '../../../core/system/ports.js';
import { readMetadata } from '../../../core/store/metadataFile.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('metadata cache', () => {
  const folder = useTemporaryFolder();

  it('reads a file again after a change that keeps inode, size and modification time', async () => {
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
    // Younger files are never cached, because file system clocks have a limited resolution.
    await sleep(150);
    assert.deepEqual([reason(), reason(), opened], ['one', 'one', 1]);
    write('two');
    assert.deepEqual(identity(), before);
    assert.equal(reason(), 'two');
  });

  describe('in a large store', () => {
    const opened: string[] = [];
    const files: FileSystem = {
      ...nodeFileSystem,
      openSync: (...args) => {
        opened.push(String(args[0]));
        return nodeFileSystem.openSync(...args);
      },
    };
    /** Files of this size, old enough to be remembered. */
    const write = async (count: number, sizeBytes: number): Promise<readonly string[]> => {
      const paths = Array.from({ length: count }, (_, index) => folder.join(`features_${index.toString()}.json`));
      const start = '{"reason":"';
      for (const path of paths) writeFileSync(path, `${start.padEnd(sizeBytes - 2, 'x')}"}`);
      await sleep(150);
      return paths;
    };
    /** How many of the files had to be opened. */
    const readAll = (paths: readonly string[]): number => {
      opened.length = 0;
      for (const path of paths) assert.ok(readMetadata(path, files).metadata);
      return opened.length;
    };

    it('are remembered up to four megabytes, also if they change again and again', async () => {
      // Other tests may have left something in the memory, which gives way in the first turn.
      readAll(await write(40, 60_000));
      for (let turn = 0; turn < 3; turn += 1) {
        const paths = await write(40, 60_000);
        assert.equal(readAll(paths), 40);
        if (turn > 0) assert.equal(readAll(paths), 0);
      }
    });

    it('are forgotten above four megabytes', async () => {
      const paths = await write(80, 60_000);
      readAll(paths);
      assert.ok(readAll(paths) > 0);
      // What other tests left can fill the memory during the first turn, but not during the second.
      for (let turn = 0; turn < 2; turn += 1) readAll(paths.slice(-10));
      assert.equal(readAll(paths.slice(-10)), 0);
    });

    it('are not remembered if one file has more than a sixty-fourth of that', async () => {
      const paths = await write(1, 65_536);
      assert.deepEqual([readAll(paths), readAll(paths)], [1, 1]);
    });
  });
});
