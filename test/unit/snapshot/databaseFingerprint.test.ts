import assert from 'node:assert/strict';
import { chmodSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { isProvablyUnchanged, readFingerprint } from '../../../core/snapshot/databaseFingerprint.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import type { DatabaseFingerprint } from '../../../core/snapshot/snapshot.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { runPython, startPython, type PythonProcess } from '../../support/pythonSqlite.js';
import { createUncleanDatabase } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const ROWS = `c.execute('CREATE TABLE t(a INTEGER PRIMARY KEY, b TEXT)')\nfill(0, 20)`;

/** As if the clock was a minute ahead: all times of the files are then old enough. */
const later: Ports = { ...realPorts(), now: () => new Date(Date.now() + 60_000) };

describe('fingerprint of a database', () => {
  const folder = useTemporaryFolder();

  const observe = (ports: Ports = later): DatabaseFingerprint => {
    const state = readFingerprint(folder.join('features.db'), ports);
    assert.ok(state);
    return state;
  };

  it('is undefined without a database, and an error if it cannot be read', () => {
    assert.equal(readFingerprint(folder.join('features.db'), realPorts()), undefined);
    symlinkSync(folder.join('gone'), folder.join('link.db'));
    assert.equal(readFingerprint(folder.join('link.db'), realPorts()), undefined);
    writeFileSync(folder.join('features.db'), 'x');
    const files = interferingFiles(() => {
      throw Object.assign(new Error('no'), { code: 'EACCES' });
    });
    assert.throws(() => readFingerprint(folder.join('features.db'), { ...realPorts(), files }), {
      code: 'permission-denied',
    });
  });

  it('is equal while no process writes', () => {
    createUncleanDatabase(folder.join('features.db'), ROWS);
    chmodSync(folder.join('features.db'), 0o600);
    assert.equal(isProvablyUnchanged(observe(), observe()), true);
  });

  it('is unchanged after storing as JSON', () => {
    createUncleanDatabase(folder.join('features.db'), `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
    const stored = JSON.parse(JSON.stringify(observe())) as DatabaseFingerprint;
    assert.equal(isProvablyUnchanged(stored, observe()), true);
  });

  it('is not trusted within two seconds of a write', () => {
    createUncleanDatabase(folder.join('features.db'), ROWS);
    const writtenAt = new Date(Date.now() - 100_000);
    utimesSync(folder.join('features.db'), writtenAt, writtenAt);
    const seenAfter = (delayMs: number): DatabaseFingerprint =>
      observe({ ...realPorts(), now: () => new Date(writtenAt.getTime() + delayMs) });
    assert.equal(isProvablyUnchanged(seenAfter(1999), observe()), false);
    assert.equal(isProvablyUnchanged(seenAfter(-5000), observe()), false);
    assert.equal(isProvablyUnchanged(seenAfter(2000), observe()), true);
  });

  it('is not trusted within two seconds of a write to the log', () => {
    createUncleanDatabase(folder.join('features.db'), `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
    const writtenAt = new Date(Date.now() - 100_000);
    utimesSync(folder.join('features.db'), 1, 1);
    utimesSync(folder.join('features.db-wal'), writtenAt, writtenAt);
    const seenAfter = (delayMs: number): DatabaseFingerprint =>
      observe({ ...realPorts(), now: () => new Date(writtenAt.getTime() + delayMs) });
    assert.equal(isProvablyUnchanged(seenAfter(1999), observe()), false);
    assert.equal(isProvablyUnchanged(seenAfter(2000), observe()), true);
  });

  it('is not trusted if its time, read from a file, is not a number', () => {
    createUncleanDatabase(folder.join('features.db'), ROWS);
    for (const mtimeNs of ['', 'never', '-1', '1x', '0x1']) {
      const state = { ...observe(), mtimeNs };
      assert.equal(isProvablyUnchanged(state, state), false, mtimeNs);
    }
  });

  it('differs after a commit in rollback mode, whatever the clock shows', () => {
    createUncleanDatabase(folder.join('features.db'), ROWS);
    const time = new Date(1_700_000_000_000);
    utimesSync(folder.join('features.db'), time, time);
    const stored = observe();
    runPython(
      "import sqlite3, sys\nc = sqlite3.connect(sys.argv[1])\nc.execute('DELETE FROM t WHERE a=1')\nc.commit()",
      [folder.join('features.db')],
    );
    utimesSync(folder.join('features.db'), time, time);
    assert.equal(isProvablyUnchanged(stored, observe()), false);
  });

  describe('in WAL mode', () => {
    let writer: PythonProcess | undefined;
    afterEach(() => writer?.stop());

    it('differs after each commit of an open connection, even into a reused log', async () => {
      createUncleanDatabase(folder.join('features.db'), `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
      writer = await startPython(COMMITS_ON_DEMAND, [folder.join('features.db')]);
      for (const request of ['write', 'write', 'restart', 'write']) {
        const stored = observe();
        assert.equal(isProvablyUnchanged(stored, observe()), true);
        await writer.ask(request);
        await writer.ask('write');
        const now = observe();
        assert.equal(isProvablyUnchanged(stored, now), false);
        // Even with equal sizes and times, the index shows the commit.
        assert.notEqual(stored.walIndex, now.walIndex);
      }
    });
  });

  it('of a snapshot is from its start', async () => {
    const path = folder.join('features.db');
    createUncleanDatabase(path, `c.execute('PRAGMA journal_mode=WAL')\n${ROWS}`);
    let hasWritten = false;
    const files = interferingFiles(({ name, path: at, turn }) => {
      if (hasWritten || name !== 'read' || at !== path || turn < 2) return;
      hasWritten = true;
      createUncleanDatabase(path, "c.execute('DELETE FROM t WHERE a=2')");
    });
    const { fingerprint } = await takeSnapshot(path, { ...later, files });
    assert.ok(fingerprint);
    assert.ok(hasWritten);
    assert.equal(isProvablyUnchanged(fingerprint, observe()), false);
  });
});

const COMMITS_ON_DEMAND = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('SELECT count(*) FROM t').fetchall()
print('ready')
for line in sys.stdin:
  if line == 'restart\\n': c.execute('PRAGMA wal_checkpoint(RESTART)').fetchall()
  else: c.execute("UPDATE t SET b = b || 'x' WHERE a = 3")
  print('done')
`;
