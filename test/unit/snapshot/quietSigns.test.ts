import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { beforeEach, describe, it } from 'mocha';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { interferingFiles, type FileCall } from '../../support/interferingFiles.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('snapshot of a quiet database is tried again after one sign of a write, which', () => {
  const folder = useTemporaryFolder();
  const path = (): string => folder.join('features.db');
  beforeEach(() => {
    createUncleanDatabase(path(), `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 100)`);
  });

  const attemptsOf = async (files: FileSystem): Promise<number> =>
    (await takeSnapshot(path(), { ...realPorts(), files })).attempts;

  const attemptsWhile = async (
    calls: readonly [name: FileCall['name'], suffix: string, turn: number, act: () => void][],
  ) => {
    let done = 0;
    const files = interferingFiles((call) => {
      for (const [name, suffix, turn, act] of calls) {
        if (call.name !== name || call.path !== path() + suffix || call.turn !== turn) continue;
        done += 1;
        act();
      }
    });
    const attempts = await attemptsOf(files);
    assert.equal(done, calls.length);
    return attempts;
  };

  /** Changes one byte in one read of the database, counted from 1, but not in the file. */
  const alteredInRead = (turn: number, at: number): FileSystem => {
    let current = 0;
    const files = interferingFiles(({ name, path: of, turn: now }) => {
      current = name === 'read' && of === path() ? now : 0;
    });
    const readSync = ((descriptor: number, bytes: Uint8Array, offset: number, length: number, position: number) => {
      const count = files.readSync(descriptor, bytes, offset, length, position);
      if (current === turn) bytes[at] = (bytes[at] ?? 0) ^ 1;
      return count;
    }) as FileSystem['readSync'];
    return { ...files, readSync };
  };

  it('is other content in the second read', async () => {
    assert.equal(await attemptsOf(alteredInRead(3, 4000)), 2);
  });

  it('is another header at the end', async () => {
    assert.equal(await attemptsOf(alteredInRead(4, 27)), 2);
  });

  it('is another time of the file', async () => {
    assert.equal(await attemptsWhile([['stat', '', 1, () => utimesSync(path(), 1, 1)]]), 2);
  });

  it('is a write-ahead log that appears', async () => {
    for (const turn of [2, 3]) {
      rmSync(`${path()}-wal`, { force: true });
      assert.equal(await attemptsWhile([['open', '-wal', turn, () => writeFileSync(`${path()}-wal`, '')]]), 2);
    }
  });

  it('is a rollback journal that is in use', async () => {
    const journal = `${path()}-journal`;
    for (const turn of [2, 3]) {
      const attempts = await attemptsWhile([
        ['open', '-journal', turn, () => writeFileSync(journal, 'x')],
        ['open', '-journal', turn + 1, () => rmSync(journal)],
      ]);
      assert.equal(attempts, 2);
    }
  });

  it('is an index of the write-ahead log that appears, changes or disappears', async () => {
    const index = `${path()}-shm`;
    assert.equal(await attemptsWhile([['open', '-shm', 2, () => writeFileSync(index, 'one')]]), 2);
    assert.equal(await attemptsWhile([['open', '-shm', 2, () => writeFileSync(index, 'two')]]), 2);
    assert.equal(await attemptsWhile([['open', '-shm', 2, () => rmSync(index)]]), 2);
  });

  if (process.platform === 'linux') {
    it('is a write lock, unless the header shows WAL mode', async () => {
      const { ino, dev } = statSync(path());
      const device = `${((dev >> 8) & 0xfff).toString(16).padStart(2, '0')}:${(dev & 0xff).toString(16).padStart(2, '0')}`;
      const locks = `1: POSIX  ADVISORY  WRITE 99 ${device}:${String(ino)} 1073741824 1073742335\n`;
      for (const [format, expected] of [
        [[1, 1], 2],
        [[1, 2], 2],
        [[2, 1], 2],
        [[2, 2], 1],
      ] as const) {
        const bytes = readFileSync(path());
        bytes.set(format, 18);
        writeFileSync(path(), bytes);
        let reads = 0;
        const { files } = realPorts();
        const readLocks = ((file: string, ...rest: []) => {
          if (file !== '/proc/locks') return files.readFileSync(file, ...rest);
          reads += 1;
          return reads === 1 ? locks : '';
        }) as typeof files.readFileSync;
        assert.equal(await attemptsOf({ ...files, readFileSync: readLocks }), expected, format.join());
      }
    });
  }
});
