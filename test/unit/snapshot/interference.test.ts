import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { realPorts } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { interferingFiles, type FileCall } from '../../support/interferingFiles.js';
import { runPython, startPython } from '../../support/pythonSqlite.js';
import { createUncleanDatabase, useSqliteOracle } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const ROWS = `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')
c.execute('BEGIN'); fill(0, 200); c.execute('COMMIT')`;
const CHANGE = 'import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute(sys.argv[2])\nc.commit()\nc.close()';

const WAL_HEADER_BYTES = 32;
const FRAME_BYTES = 24 + 4096;

describe('snapshot with changes between its reads', () => {
  const folder = useTemporaryFolder();
  const oracle = useSqliteOracle();

  /** Takes a snapshot during which `act` is called once, at the call selected by `when`. */
  const takeDuring = async (when: (call: FileCall) => boolean, act: () => void) => {
    let hasActed = false;
    const files = interferingFiles((call) => {
      if (hasActed || !when(call)) return;
      hasActed = true;
      act();
    });
    const result = await takeSnapshot(folder.join('features.db'), { ...realPorts(), files });
    assert.ok(hasActed, 'the snapshot was disturbed');
    return result;
  };

  for (const mode of ['DELETE', 'WAL']) {
    // At every read and stat of an undisturbed snapshot, a commit can happen.
    it(`contains one complete state wherever another process commits, in ${mode} mode`, async () => {
      const path = folder.join('features.db');
      createUncleanDatabase(path, `c.execute('PRAGMA journal_mode=${mode}')\n${ROWS}`);
      let calls = 0;
      const counting = interferingFiles(() => (calls += 1));
      await takeSnapshot(path, { ...realPorts(), files: counting });
      for (let at = 1; at <= calls; at += 1) {
        const before = await oracle.contentOfFiles(path);
        let call = 0;
        const { image } = await takeDuring(
          () => (call += 1) === at,
          () => runPython(CHANGE, [path, `UPDATE t SET b = 'commit ${String(at)}' || b`]),
        );
        const content = await oracle.contentOfImage(image);
        assert.ok([before, await oracle.contentOfFiles(path)].includes(content), `call ${String(at)}: ${content}`);
      }
    }).timeout(60_000);
  }

  // The two races that checkpoints cause. The connection stays open, because closing it would delete the log.
  const logged = `c.execute('PRAGMA journal_mode=WAL')
c.execute('PRAGMA wal_autocheckpoint=0')
${ROWS}`;

  it('contains the pages that a checkpoint moves between the first check and the read', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, logged);
    const { image } = await takeDuring(
      ({ name, path: at }) => name === 'open' && at === `${path}-wal`,
      () =>
        createUncleanDatabase(
          path,
          `c.execute('PRAGMA wal_autocheckpoint=0')
c.execute('BEGIN'); fill(1000, 500); c.execute('COMMIT')
c.execute('PRAGMA wal_checkpoint(RESTART)').fetchall()
c.execute("UPDATE t SET b = 'in the new log' WHERE a = 1")`,
        ),
    );
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('contains no frame that changed after its check, in a log too large for memory', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(
      path,
      `${logged}\nfor i in range(5): c.execute('BEGIN'); fill(10000 + 1000 * i, 1000, 4000); c.execute('COMMIT')`,
    );
    const log = readFileSync(`${path}-wal`);
    assert.ok(log.length > 17 * 1024 * 1024);
    const isRead = ({ name, path: at }: FileCall): boolean => name === 'read' && at === `${path}-wal`;
    let reads = 0;
    const counting = interferingFiles((call) => (reads += Number(isRead(call))));
    await takeSnapshot(path, { ...realPorts(), files: counting });
    // The second half of the reads fetches the frames that the first half checked. The log is then restored.
    const changeAt = Math.ceil(reads / 2) + 2;
    let attempts = 0;
    let changed = 0;
    const files = interferingFiles((call) => {
      if (call.name === 'open' && call.path === `${path}-wal`) {
        attempts += 1;
        if (changed > 0) writeFileSync(call.path, log);
      }
      if (!isRead(call) || changed > 0 || call.turn < changeAt) return;
      changed = Math.floor((log.length - WAL_HEADER_BYTES) / FRAME_BYTES);
      const other = Buffer.from(log);
      // Each frame keeps its header, and its page changes.
      for (let frame = 0; frame < changed; frame += 1)
        other.fill(7, frame * FRAME_BYTES + 3000, frame * FRAME_BYTES + 4000);
      writeFileSync(call.path, other);
    });
    const { image } = await takeSnapshot(path, { ...realPorts(), files });
    assert.ok(changed > 0 && attempts > 1, `${String(attempts)} attempts`);
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('contains one complete state when a checkpoint moves a commit right before the database is read', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, logged);
    const { image } = await takeDuring(
      ({ name, path: at, turn }) => name === 'read' && at === path && turn === 2,
      () =>
        createUncleanDatabase(
          path,
          `c.execute('PRAGMA wal_autocheckpoint=0')
c.execute('BEGIN'); fill(1000, 500); c.execute('DELETE FROM t WHERE a < 100'); c.execute('COMMIT')
c.execute('PRAGMA wal_checkpoint(FULL)').fetchall()`,
        ),
    );
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
  });

  it('is of the new database if the file is replaced', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, ROWS);
    createUncleanDatabase(folder.join('other.db'), ROWS.replace('200', '100'));
    const expected = await oracle.contentOfFiles(folder.join('other.db'));
    const { image, attempts } = await takeDuring(
      ({ name, path: at, turn }) => name === 'read' && at === path && turn === 2,
      () => renameSync(folder.join('other.db'), path),
    );
    assert.equal(await oracle.contentOfImage(image), expected);
    assert.equal(attempts, 2);
  });

  it('is of the new database when one with a log is replaced', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, logged);
    const { image, attempts } = await takeDuring(
      ({ name, path: at, turn }) => name === 'read' && at === `${path}-wal` && turn === 2,
      () => {
        copyFileSync(path, folder.join('copy'));
        renameSync(folder.join('copy'), path);
      },
    );
    assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
    assert.equal(attempts, 2);
  });

  it('fails with database-not-found if the file is deleted', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, ROWS);
    const act = takeDuring(
      ({ name, path: at, turn }) => name === 'read' && at === path && turn === 2,
      () => rmSync(path),
    );
    await assert.rejects(act, { code: 'database-not-found' });
  });

  it('fails if the file shrinks during the read', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, ROWS);
    const act = takeDuring(
      ({ name, path: at, turn }) => name === 'read' && at === path && turn === 2,
      () => truncateSync(path, 8192),
    );
    await assert.rejects(act, { code: 'database-damaged' });
  });

  it('does not mix a database with the log of another', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
    const expected = await oracle.contentOfFiles(path);
    const wal = readFileSync(`${path}-wal`);
    const { image, attempts } = await takeDuring(
      ({ name, path: at }) => name === 'stat' && at === `${path}-wal`,
      () => {
        copyFileSync(`${path}-wal`, folder.join('copy'));
        rmSync(`${path}-wal`);
        writeFileSync(`${path}-wal`, wal);
      },
    );
    assert.equal(attempts, 2);
    assert.equal(await oracle.contentOfImage(image), expected);
  });

  it('waits for a transaction that is visible only in the system’s list of locks', async function () {
    if (process.platform !== 'linux') this.skip();
    const path = folder.join('features.db');
    createUncleanDatabase(path, ROWS);
    const writer = await startPython(HALF_WRITTEN, [path]);
    try {
      await assert.rejects(takeSnapshot(path, realPorts(), { timeoutMs: 100 }), { code: 'database-busy' });
      await writer.ask('commit');
      const { image } = await takeSnapshot(path, realPorts());
      assert.equal(await oracle.contentOfImage(image), await oracle.contentOfFiles(path));
    } finally {
      await writer.stop();
    }
  });
});

const HALF_WRITTEN = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA journal_mode=MEMORY')
c.execute('PRAGMA cache_size=2')
c.execute('BEGIN')
c.execute("UPDATE t SET b = 'half written'")
print('half written')
for line in sys.stdin:
  c.execute('COMMIT')
  print('committed')
`;
