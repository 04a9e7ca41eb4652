import assert from 'node:assert/strict';
import { existsSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { realPorts } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import type { SnapshotOrigin } from '../../../core/snapshot/snapshot.js';
import { copyDatabaseFiles, createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { SeededChoice } from '../../torture/seededChoice.js';

const PAGE_SIZES = [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

const COMMITTED = `
c.execute('PRAGMA journal_mode=DELETE')
c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
c.execute('BEGIN'); fill(0, 2000); c.execute('COMMIT')
`;

/** A small cache makes SQLite write pages of the running transaction to the database, which then needs its journal. */
const KILLED_IN_A_TRANSACTION = `
c.execute('PRAGMA synchronous=NORMAL')
c.execute('PRAGMA cache_size=4')
c.execute('BEGIN')
c.execute("UPDATE t SET b = b || 'never committed'")
fill(5000, 500)
`;

describe('snapshot of a database with a rollback journal', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  const expectSameAsSqlite = async (path: string, expected: SnapshotOrigin): Promise<string> => {
    const { image, origin } = await takeSnapshot(path, realPorts());
    const content = await oracle.contentOfImage(image);
    assert.equal(content, await oracle.contentOfFiles(path));
    assert.equal(origin, expected);
    return content;
  };

  for (const pageSize of PAGE_SIZES) {
    it(`rolls back the transaction of a killed writer, with pages of ${String(pageSize)} bytes`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(
        path,
        `c.execute('PRAGMA page_size=${String(pageSize)}')\n${COMMITTED}${KILLED_IN_A_TRANSACTION}`,
      );
      assert.match(await expectSameAsSqlite(path, 'journal'), /^ok \|/);
    });
  }

  it('rolls back a transaction whose journal has several segments, one for each cache spill', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, COMMITTED + KILLED_IN_A_TRANSACTION);
    const magic = Buffer.from('d9d505f920a163d7', 'hex');
    const journal = readFileSync(`${path}-journal`);
    assert.ok(journal.indexOf(magic, 1) > 0, 'there is a second segment');
    assert.match(await expectSameAsSqlite(path, 'journal'), /^ok \|/);
  });

  it('rolls back a transaction of a writer that does not sync, whose record count means "to the end"', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, COMMITTED + KILLED_IN_A_TRANSACTION.replace('NORMAL', 'OFF'));
    assert.equal(readFileSync(`${path}-journal`).readUInt32BE(8), 0xffffffff);
    assert.match(await expectSameAsSqlite(path, 'journal'), /^ok \|/);
  });

  it('restores pages that a vacuum has removed', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `c.execute('PRAGMA auto_vacuum=INCREMENTAL')
${COMMITTED}
c.execute('DELETE FROM t WHERE a > 1000')
c.execute('PRAGMA synchronous=NORMAL')
c.execute('PRAGMA cache_size=4')
c.execute('BEGIN')
c.execute('PRAGMA incremental_vacuum(40)').fetchall()
c.execute("UPDATE t SET b = 'never committed'")`,
    );
    const before = readFileSync(path).length;
    assert.match(await expectSameAsSqlite(path, 'journal'), /^ok \|/);
    truncateSync(path, before - 20 * 4096);
    await expectSameAsSqlite(path, 'journal');
  });

  it('stops where SQLite stops in a journal that is truncated anywhere', async () => {
    const path = folder.join('whole.db');
    createUncleanDatabase(path, `c.execute('PRAGMA page_size=1024')\n${COMMITTED}${KILLED_IN_A_TRANSACTION}`);
    const journal = readFileSync(`${path}-journal`);
    const choice = new SeededChoice('cut journal');
    for (let turn = 0; turn < 40; turn += 1) {
      const cut = folder.join('cut.db');
      copyDatabaseFiles(path, cut);
      truncateSync(`${cut}-journal`, choice.between(4096, journal.length - 1));
      await expectSameAsSqlite(cut, 'journal');
    }
  });

  it('stops where SQLite stops in a journal with a flipped bit in any record', async () => {
    const path = folder.join('whole.db');
    createUncleanDatabase(path, `c.execute('PRAGMA page_size=1024')\n${COMMITTED}${KILLED_IN_A_TRANSACTION}`);
    const choice = new SeededChoice('flipped journal');
    for (let turn = 0; turn < 40; turn += 1) {
      const flipped = folder.join('flipped.db');
      copyDatabaseFiles(path, flipped);
      const journal = readFileSync(`${flipped}-journal`);
      // Flips page numbers and checksums more often than content, of which only every 200th byte is summed.
      const record = choice.between(0, 20);
      const at = 512 + record * 1032 + (choice.next() < 0.5 ? 1028 + choice.between(0, 3) : choice.between(0, 1031));
      journal.writeUInt8(journal.readUInt8(at) ^ (1 << choice.between(0, 7)), at);
      writeFileSync(`${flipped}-journal`, journal);
      await expectSameAsSqlite(flipped, 'journal');
    }
  });

  for (const mode of ['PERSIST', 'TRUNCATE']) {
    it(`ignores the journal that ${mode} mode leaves behind`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(path, COMMITTED.replace('DELETE', mode));
      assert.ok(existsSync(`${path}-journal`));
      assert.match(await expectSameAsSqlite(path, 'quiet'), /^ok \|/);
    });
  }

  it('ignores older records after those of the transaction, in a reused journal', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${COMMITTED.replace('DELETE', 'PERSIST')}
c.execute("UPDATE t SET b = b || 'committed'")
c.execute('PRAGMA cache_size=4')
c.execute('BEGIN')
c.execute("UPDATE t SET b = b || 'never committed' WHERE a < 500")`,
    );
    assert.match(await expectSameAsSqlite(path, 'journal'), /^ok \|/);
  });

  it('rolls back a vacuum to another page size', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `c.execute('PRAGMA page_size=1024')
${COMMITTED}
c.execute('PRAGMA page_size=8192')
c.execute('PRAGMA cache_size=4')
c.set_progress_handler(lambda: os._exit(0) if os.path.exists(path + '-journal') and os.path.getsize(path + '-journal') > 20000 else 0, 50)
c.execute('VACUUM')`,
    );
    const { image } = await takeSnapshot(path, realPorts());
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  for (const [what, damage] of [
    ['has no magic', (journal: Buffer) => journal.fill(7, 0, 8)],
    ['is truncated in the header', (journal: Buffer) => journal.subarray(0, 20)],
    ['names an impossible sector size', (journal: Buffer) => journal.fill(0xff, 20, 24)],
    ['names an impossible page size', (journal: Buffer) => journal.fill(3, 24, 28)],
    ['claims an original size of terabytes', (journal: Buffer) => journal.fill(0xff, 16, 20)],
  ] as const) {
    it(`refuses a journal that ${what}`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(path, COMMITTED + KILLED_IN_A_TRANSACTION);
      writeFileSync(`${path}-journal`, damage(readFileSync(`${path}-journal`)));
      await assert.rejects(takeSnapshot(path, realPorts()), { code: 'unreadable-journal' });
    });
  }
});
