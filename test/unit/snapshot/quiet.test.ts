import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { realPorts } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { systemError } from '../../support/interferingFiles.js';
import { startPython } from '../../support/pythonSqlite.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('snapshot of a quiet database', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  for (const pageSize of [512, 1024, 2048, 4096, 8192, 16384, 32768, 65536]) {
    it(`equals the file except for the format bytes, with pages of ${String(pageSize)} bytes`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(
        path,
        `c.execute('PRAGMA page_size=${String(pageSize)}')\nc.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 300)`,
      );
      const { image, origin, pageSizeBytes, attempts, fingerprint } = await takeSnapshot(path, realPorts());
      assert.deepEqual({ origin, pageSizeBytes, attempts }, { origin: 'quiet', pageSizeBytes: pageSize, attempts: 1 });
      assert.deepEqual(image, readFileSync(path));
      assert.match(await oracle.contentOfImage(image), /^ok \|/);
      assert.equal(fingerprint?.sizeBytes, image.length);
    });
  }

  it('ends at the size in the header, whatever follows', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 100)\nopen(path, 'ab').write(b'left by an interrupted truncation')`,
    );
    const { image } = await takeSnapshot(path, realPorts());
    assert.equal(image.length % 4096, 0);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('reports progress with a large database', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b BLOB)')\nc.execute('INSERT INTO t VALUES(1, zeroblob(40000000))')`,
    );
    const fractions: number[] = [];
    await takeSnapshot(path, { ...realPorts(), onProgress: (_step, fraction) => fractions.push(fraction) });
    assert.ok(fractions.length > 4);
    assert.deepEqual(
      fractions,
      [...fractions].sort((one, other) => one - other),
    );
    assert.equal(fractions.at(-1), 1);
  });

  it('is taken while a program has the database open exclusively and has checkpointed its log', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 10)`);
    const writer = await startPython(EXCLUSIVE_WRITER, [path]);
    try {
      const { image, origin, attempts } = await takeSnapshot(path, realPorts());
      assert.deepEqual([origin, attempts], ['quiet', 1]);
      assert.match(await oracle.contentOfImage(image), /^ok \|/);
    } finally {
      await writer.stop();
    }
  });

  if (process.platform === 'linux') {
    it('is not taken while the system’s locks cannot be read, because a process may be writing', async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(path, `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 10)`);
      const { files } = realPorts();
      const readFileSync = ((file: string, ...rest: []) => {
        if (file === '/proc/locks') throw systemError('EMFILE');
        return files.readFileSync(file, ...rest);
      }) as typeof files.readFileSync;
      await assert.rejects(takeSnapshot(path, { ...realPorts(), files: { ...files, readFileSync } }), /EMFILE/);
    });
  }
});

const EXCLUSIVE_WRITER = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA locking_mode=EXCLUSIVE')
c.execute('PRAGMA journal_mode=WAL').fetchone()
c.execute("UPDATE t SET b = 'changed'")
c.execute('PRAGMA wal_checkpoint(TRUNCATE)').fetchone()
print('ready')
sys.stdin.readline()
`;
