import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync, symlinkSync, truncateSync, utimesSync, writeFileSync } from 'node:fs';
import { realPorts, realSystem } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { addWords } from '../../../core/snapshot/walChecksum.js';
import {
  closeDatabase,
  copyDatabaseFiles,
  createUncleanDatabase,
  useSqliteOracle,
} from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { SeededChoice } from '../../torture/seededChoice.js';

const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

const WAL_WITH_THREE_COMMITS = `
c.execute('PRAGMA journal_mode=WAL')
c.execute('PRAGMA wal_autocheckpoint=0')
c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
fill(0, 50)
c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
c.execute('BEGIN'); fill(100, 40); c.execute('COMMIT')
c.execute("UPDATE t SET b='changed' WHERE a < 20")
c.execute('BEGIN'); fill(200, 40); c.execute('DELETE FROM t WHERE a < 5'); c.execute('COMMIT')
`;

describe('snapshot of a database with a write-ahead log', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  const expectSameAsSqlite = async (path: string): Promise<void> => {
    const { image, origin } = await takeSnapshot(path, realPorts());
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
    assert.equal(origin, 'wal');
    assert.deepEqual([image[18], image[19]], [1, 1]);
  };

  for (const pageSize of PAGE_SIZES) {
    it(`contains the newest commit, with pages of ${String(pageSize)} bytes and checksums of either byte order`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(path, `c.execute('PRAGMA page_size=${String(pageSize)}')\n${WAL_WITH_THREE_COMMITS}`);
      const { image, pageSizeBytes } = await takeSnapshot(path, realPorts());
      assert.equal(pageSizeBytes, pageSize);
      const content = await oracle.contentOfImage(image);
      assert.match(content, /^ok \|/);
      assert.equal(content, await oracle.contentOfFiles(path));

      writeFileSync(`${path}-wal`, asBigEndian(readFileSync(`${path}-wal`)));
      await expectSameAsSqlite(path);
      assert.equal(await oracle.contentOfFiles(path), content, 'SQLite itself accepts the rewritten log');
    });
  }

  it('stops where SQLite stops in a log that is truncated anywhere', async () => {
    const path = folder.join('whole.db');
    createUncleanDatabase(path, `c.execute('PRAGMA page_size=1024')\n${WAL_WITH_THREE_COMMITS}`);
    const wal = readFileSync(`${path}-wal`);
    const choice = new SeededChoice('torn tail');
    const cuts = Array.from({ length: 60 }, () => choice.between(33, wal.length - 1));
    for (const cut of [...cuts, 32, 33, 32 + 1048, wal.length - 1]) {
      const torn = folder.join('torn.db');
      copyDatabaseFiles(path, torn);
      truncateSync(`${torn}-wal`, cut);
      await expectSameAsSqlite(torn);
    }
  });

  it('stops where SQLite stops in a log with a flipped bit anywhere', async () => {
    const path = folder.join('whole.db');
    createUncleanDatabase(path, `c.execute('PRAGMA page_size=1024')\n${WAL_WITH_THREE_COMMITS}`);
    const choice = new SeededChoice('flipped bits');
    for (let turn = 0; turn < 80; turn += 1) {
      const flipped = folder.join('flipped.db');
      copyDatabaseFiles(path, flipped);
      const wal = readFileSync(`${flipped}-wal`);
      const at = choice.between(32, wal.length - 1);
      wal.writeUInt8(wal.readUInt8(at) ^ (1 << choice.between(0, 7)), at);
      writeFileSync(`${flipped}-wal`, wal);
      await expectSameAsSqlite(flipped);
    }
  });

  it('treats a log with a damaged header as empty, as SQLite does', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    for (const at of [0, 9, 12, 17, 25]) {
      const damaged = folder.join('damaged.db');
      copyDatabaseFiles(path, damaged);
      const wal = readFileSync(`${damaged}-wal`);
      wal.writeUInt8(wal.readUInt8(at) ^ 0x10, at);
      writeFileSync(`${damaged}-wal`, wal);
      const { image, origin } = await takeSnapshot(damaged, realPorts());
      assert.equal(origin, 'quiet', String(at));
      assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(damaged));
    }
  });

  it('ignores frames of another generation, even with valid checksums', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    const wal = readFileSync(`${path}-wal`);
    const frameSize = 24 + 4096;
    const foreign = Buffer.from(wal);
    foreign.writeUInt32BE(foreign.readUInt32BE(32 + 2 * frameSize + 8) + 1, 32 + 2 * frameSize + 8);
    writeFileSync(`${path}-wal`, rechecksum(foreign, false));
    // The index describes the previous log, and no process has it open.
    rmSync(`${path}-shm`);
    await expectSameAsSqlite(path);
  });

  it('reports a log as damaged if it has lost commits that its index shows', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    truncateSync(`${path}-wal`, 32 + 24 + 4096);
    await assert.rejects(takeSnapshot(path, realPorts()), { code: 'database-damaged' });
  });

  it('checks again at increasing intervals for half a second before it reports a log as damaged', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    truncateSync(`${path}-wal`, 32 + 24 + 4096);
    const pauses: number[] = [];
    let nowMs = 0;
    const pause = async (ms: number): Promise<void> => {
      pauses.push(ms);
      nowMs += ms;
      await Promise.resolve();
    };
    const system = { ...realSystem, random: () => 0, monotonicMs: () => nowMs, pause };
    await assert.rejects(takeSnapshot(path, { ...realPorts(), system }), { code: 'database-damaged' });
    assert.deepEqual(pauses.slice(0, 9), [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 7.5, 7.5]);
    assert.ok(nowMs >= 500 && nowMs < 510, nowMs.toString());
  });

  it('prefers a log truncated by a power failure to an index from before the system started', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    truncateSync(`${path}-wal`, 32 + 24 + 4096);
    utimesSync(`${path}-shm`, 0, 0);
    await expectSameAsSqlite(path);
  });

  it('ignores frames without a later commit, with valid and with invalid checksums', async () => {
    // SQLite writes a page that changes again over its first frame, and corrects the checksums when it commits.
    for (const change of [
      'c.execute("UPDATE t SET b = upper(b)")',
      'fill(1000, 400)\nc.execute("UPDATE t SET b=\'never committed\'")',
    ]) {
      const path = folder.join('features.db');
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix, { force: true });
      createUncleanDatabase(
        path,
        `${WAL_WITH_THREE_COMMITS}
c.execute('BEGIN'); fill(300, 400); c.execute('COMMIT')
c.execute('PRAGMA cache_size=2')
c.execute('BEGIN')
${change}`,
      );
      await expectSameAsSqlite(path);
    }
  });

  it('ends at the newest frame after the log was restarted over older, longer content', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${WAL_WITH_THREE_COMMITS}
c.execute('PRAGMA wal_checkpoint(RESTART)')
c.execute("INSERT INTO t VALUES(5000, 'after the restart')")`,
    );
    await expectSameAsSqlite(path);
  });

  it('reads little more of a reused log than the valid part', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${WAL_WITH_THREE_COMMITS}
c.execute('BEGIN'); fill(10000, 1000, 4000); c.execute('COMMIT')
c.execute('PRAGMA wal_checkpoint(RESTART)')
c.execute("INSERT INTO t VALUES(5000, 'after the restart')")`,
    );
    const { files } = realPorts();
    let walBytes = 0;
    let wal: number | undefined;
    const counting = {
      ...files,
      openSync: ((...args: Parameters<typeof files.openSync>) => {
        const descriptor = files.openSync(...args);
        if (args[0] === `${path}-wal`) wal = descriptor;
        return descriptor;
      }) as typeof files.openSync,
      readSync: ((...args: [number, Uint8Array, number, number, number | null]) => {
        const count = files.readSync(...args);
        if (args[0] === wal) walBytes += count;
        return count;
      }) as typeof files.readSync,
    };
    await takeSnapshot(path, { ...realPorts(), files: counting });
    assert.ok(statSync(`${path}-wal`).size > 3_000_000);
    assert.ok(walBytes > 0 && walBytes < 300_000, `${walBytes} bytes read`);
    await expectSameAsSqlite(path);
  });

  it('contains everything after all frames were moved into the database', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `${WAL_WITH_THREE_COMMITS}\nc.execute('PRAGMA wal_checkpoint(FULL)')`);
    await expectSameAsSqlite(path);
  });

  it('shrinks with a database that was vacuumed in the log', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${WAL_WITH_THREE_COMMITS}\nc.execute('DELETE FROM t WHERE a > 3')\nc.execute('VACUUM')`,
    );
    const before = readFileSync(path).length;
    const { image } = await takeSnapshot(path, realPorts());
    assert.ok(image.length < before);
    await expectSameAsSqlite(path);
  });

  it('reads a log larger than its window, and checks each frame a second time', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${WAL_WITH_THREE_COMMITS}\nfor i in range(5): c.execute('BEGIN'); fill(10000 + 1000 * i, 1000, 4000); c.execute('COMMIT')`,
    );
    assert.ok(readFileSync(`${path}-wal`).length > 17 * 1024 * 1024);
    await expectSameAsSqlite(path);
  });

  it('contains the first frame of a log larger than its window', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${WAL_WITH_THREE_COMMITS}
c.execute('CREATE TABLE first(a)')
c.execute("INSERT INTO first VALUES('before')")
c.execute('PRAGMA wal_checkpoint(TRUNCATE)')
c.execute("UPDATE first SET a='changed'")
for i in range(5): c.execute('BEGIN'); fill(10000 + 1000 * i, 1000, 4000); c.execute('COMMIT')`,
    );
    assert.ok(statSync(`${path}-wal`).size > 17 * 1024 * 1024);
    await expectSameAsSqlite(path);
  });

  it('follows a symbolic link to the folder of the side files', async () => {
    const path = folder.join('real.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    symlinkSync(path, folder.join('link.db'));
    const { image } = await takeSnapshot(folder.join('link.db'), realPorts());
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('uses the log of a database whose header shows rollback mode, as SQLite does', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    const bytes = readFileSync(path);
    bytes.fill(1, 18, 20);
    writeFileSync(path, bytes);
    await expectSameAsSqlite(path);
  });

  it('refuses a log of another version', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    const wal = readFileSync(`${path}-wal`);
    wal.writeUInt32BE(3007001, 4);
    writeFileSync(`${path}-wal`, rechecksum(wal, false));
    await assert.rejects(takeSnapshot(path, realPorts()), { code: 'unknown-wal-version' });
    assert.match(await oracle.contentOfFiles(path), /^error/);
  });

  it('refuses a log whose page size differs from the database', async () => {
    const path = folder.join('features.db');
    const other = folder.join('other.db');
    createUncleanDatabase(path, WAL_WITH_THREE_COMMITS);
    createUncleanDatabase(other, `c.execute('PRAGMA page_size=1024')\n${WAL_WITH_THREE_COMMITS}`);
    const pageOneFrames = readFileSync(`${other}-wal`);
    // Only a frame of page 2 stays valid, so the database's own header is kept.
    writeFileSync(`${path}-wal`, rechecksum(withPageNumbers(pageOneFrames, 1024, 2), false));
    await assert.rejects(takeSnapshot(path, realPorts()), { code: 'database-damaged' });
  });

  it('equals the file after SQLite has closed it', async () => {
    const path = folder.join('features.db');
    closeDatabase(path, WAL_WITH_THREE_COMMITS);
    const { image, origin } = await takeSnapshot(path, realPorts());
    assert.equal(origin, 'quiet');
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });
});

function asBigEndian(wal: Buffer): Buffer {
  const rewritten = Buffer.from(wal);
  rewritten.writeUInt32BE(0x377f0683, 0);
  return rechecksum(rewritten, true);
}

function withPageNumbers(wal: Buffer, pageSize: number, page: number): Buffer {
  for (let at = 32; at < wal.length; at += 24 + pageSize) wal.writeUInt32BE(page, at);
  return wal;
}

/** Recomputes every checksum, so the change is the only error. */
function rechecksum(wal: Buffer, isBigEndian: boolean): Buffer {
  const pageSize = wal.readUInt32BE(8);
  let sum = addWords({ first: 0, second: 0 }, wal, 0, 24, isBigEndian);
  store(wal, 24, sum);
  for (let at = 32; at + 24 + pageSize <= wal.length; at += 24 + pageSize) {
    sum = addWords(addWords(sum, wal, at, 8, isBigEndian), wal, at + 24, pageSize, isBigEndian);
    store(wal, at + 16, sum);
  }
  return wal;
}

function store(wal: Buffer, at: number, { first, second }: { first: number; second: number }): void {
  wal.writeInt32BE(first, at);
  wal.writeInt32BE(second, at + 4);
}
