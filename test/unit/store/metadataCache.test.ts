import assert from 'node:assert/strict';
import nodeFileSystem, { type BigIntStats, statSync, utimesSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe, it } from 'mocha';
import type { FileSystem } from '../../../core/system/ports.js';
import { readMetadata } from '../../../core/store/metadataFile.js';
import { cachedMetadata } from '../../../core/store/metadataCache.js';
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
    /** Files of this size, old enough to be cached. */
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

    it('are not cached if one file has more than 64 kilobytes, with 512 bytes for its entry', async () => {
      for (const [sizeBytes, again] of [
        [65_024, 0],
        [65_025, 1],
        [65_536, 1],
      ] as const) {
        const paths = await write(1, sizeBytes);
        assert.deepEqual([readAll(paths), readAll(paths)], [1, again], sizeBytes.toString());
      }
    });

    it('are cached up to 16 megabytes, even if they keep changing', async () => {
      // Entries left by other tests are evicted in the first rounds.
      const first = await write(200, 60_000);
      for (let turn = 0; turn < 12; turn += 1) readAll(first);
      for (let turn = 0; turn < 3; turn += 1) {
        const paths = await write(200, 60_000);
        assert.equal(readAll(paths), 200);
        assert.equal(readAll(paths), 0);
      }
    });

    it('are cached as far as they fit if there are more', async () => {
      const paths = await write(300, 60_000);
      for (let turn = 0; turn < 12; turn += 1) readAll(paths);
      const fitting = Math.floor((16 * 1024 * 1024) / (60_000 + 512));
      assert.equal(readAll(paths), 300 - fitting);
    });

    it('are cached instead of those that nobody reads any more', async () => {
      const paths = await write(300, 60_000);
      for (let turn = 0; turn < 12; turn += 1) readAll(paths);
      const last = paths.slice(-10);
      for (let turn = 0; turn < 500 && readAll(last) > 0; turn += 1);
      assert.equal(readAll(last), 0);
    });
  });

  describe('of a file that may still change within one step of the clock', () => {
    const SECOND_NS = 1_000_000_000n;
    const NOW_MS = Date.UTC(2026, 0, 25, 12);
    const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
    const { now } = Date;
    before(() => {
      Date.now = () => NOW_MS;
    });
    after(() => {
      Date.now = now;
    });

    const isRemembered = (changedNs: bigint, mtimeNs = changedNs): boolean => {
      const stats = { dev: 1n, ino: 2n, size: 3n, mtimeNs, ctimeNs: changedNs } as BigIntStats;
      const lstatSync = (() => stats) as unknown as FileSystem['lstatSync'];
      let reads = 0;
      for (let turn = 0; turn < 2; turn += 1)
        cachedMetadata(
          `/none/${String(changedNs)}/${String(mtimeNs)}`,
          { ...nodeFileSystem, lstatSync },
          (onOpened) => {
            reads += 1;
            onOpened(stats);
            return {};
          },
        );
      return reads === 1;
    };

    it('begins after 50 ms', () => {
      assert.equal(isRemembered(NOW_NS - 50_000_000n), false);
      assert.equal(isRemembered(NOW_NS - 50_000_001n), true);
    });

    it('begins after two seconds if the file system may store whole seconds', () => {
      assert.equal(isRemembered(NOW_NS - SECOND_NS), false);
      assert.equal(isRemembered(NOW_NS - 2n * SECOND_NS), false);
      assert.equal(isRemembered(NOW_NS - 3n * SECOND_NS), true);
    });

    it('counts from the later of both times, because some file systems have only one', () => {
      assert.equal(isRemembered(0n, NOW_NS - 1n), false);
      assert.equal(isRemembered(NOW_NS - 1n, 0n), false);
      assert.equal(isRemembered(0n, NOW_NS - 50_000_001n), true);
    });

    it('never begins for a time in the future', () => {
      assert.equal(isRemembered(NOW_NS + 3_600n * SECOND_NS + 1n), false);
    });
  });
});
