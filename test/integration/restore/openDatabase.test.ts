import assert from 'node:assert/strict';
import { cpSync, existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { nodeWithSqlite } from '../../support/otherNode.js';
import {
  makeFeatureDatabase,
  readDatabase,
  runPython,
  startPython,
  type PythonProcess,
} from '../../support/pythonSqlite.js';
import type { RestoreResult, RestoreRequest } from '../../support/restoreDriver.js';
import { useRestoreProcess } from '../../support/restoreProcess.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const LIVE = join('.autoforge', 'features.db');

describe('restore while others have the database open', function () {
  this.timeout(180_000);
  const folder = useTemporaryFolder();
  const restoreProcess = useRestoreProcess();
  const started: PythonProcess[] = [];
  let newNode = '';
  before('find or install a Node that has node:sqlite', async function () {
    this.timeout(300_000);
    newNode = await nodeWithSqlite();
  });
  afterEach('end the Python processes', async () => {
    await Promise.all(started.splice(0).map(async (process) => await process.stop()));
  });
  after(() => assert.equal(started.length, 0));

  for (const journalMode of ['wal', 'delete'] as const) {
    it(`is refused without node:sqlite, naming the processes that have it open (${journalMode})`, async () => {
      const restored = await makeProject(journalMode);
      const holder = await hold();
      for (const force of [false, true]) {
        const result = await restoreProcess.run({
          root: folder.path,
          backup: 'latest',
          force,
          withoutNodeSqlite: true,
        });
        assert.ok(result && 'error' in result, JSON.stringify(result));
        assert.equal(result.error.code, 'database-in-use');
        assert.match(result.error.message, new RegExp(`process ${String(holder.child.pid)} `));
      }
      assert.equal(await holder.ask('count'), '60');
      await holder.stop();
      assert.notEqual(readDatabase(folder.join(LIVE)).digest, restored);
    });

    it(`is refused unless forced, then visible to other processes, whose later writes are preserved (${journalMode})`, async () => {
      const restored = await makeProject(journalMode);
      const holder = await hold();
      const refused = await restoreOnline({});
      assert.ok('error' in refused && refused.error.code === 'database-in-use', JSON.stringify(refused));
      const inode = statSync(folder.join(LIVE)).ino;
      const result = await restoreOnline({ force: true });
      assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
      assert.equal(result.outcome.method, 'online');
      assert.equal(statSync(folder.join(LIVE)).ino, inode);
      assert.equal(await holder.ask('count'), '40');
      assert.equal(readDatabase(folder.join(LIVE)).digest, restored);
      assert.equal(await holder.ask('add 7001'), 'added');
      await holder.stop();
      assert.equal(readDatabase(folder.join(LIVE)).features, 41);
    });

    it(`loses and mixes no states under write load (${journalMode})`, async () => {
      await makeProject(journalMode);
      const writers = await Promise.all([1, 2, 3].map(async (writer) => await write(writer)));
      for (let round = 0; round < 4; round += 1) {
        const result = await restoreOnline({ force: true });
        assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
        const { emergency } = result.outcome;
        assert.ok(emergency);
        assertUnmixed(join(folder.path, '.feature_backups', `${emergency.id}.db`));
      }
      for (const writer of writers) await writer.stop();
      assertUnmixed(folder.join(LIVE));
    });

    it(`works with different tables (${journalMode})`, async () => {
      const restored = await makeProject(journalMode);
      runPython("import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute('CREATE TABLE later (a)')", [
        folder.join(LIVE),
      ]);
      const holder = await hold();
      const result = await restoreOnline({ force: true });
      assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
      assert.equal(await holder.ask('count'), '40');
      await holder.stop();
      assert.equal(readDatabase(folder.join(LIVE)).digest, restored);
    });
  }

  it('restores only the requested features, online', async () => {
    await makeProject('wal');
    const holder = await hold();
    const result = await restoreOnline({ force: true, features: [3, 25] });
    assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
    assert.equal(result.outcome.method, 'online');
    assert.equal(await holder.ask('count'), '60');
    // In the live database none passes; in the backup, 1 to 10 do.
    assert.equal(await holder.ask('passing'), '1');
    await holder.stop();
  });

  it('uses a swap if SQLite refuses and no process has it open: different tables and page sizes', async () => {
    const restored = await makeProject('wal');
    const live = folder.join(LIVE);
    runPython(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], isolation_level=None); c.execute('PRAGMA journal_mode=DELETE'); c.execute('PRAGMA page_size=1024'); c.execute('VACUUM'); c.execute('PRAGMA journal_mode=WAL'); c.execute('CREATE TABLE later (a)')",
      [live],
    );
    const result = await restoreOnline({});
    assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
    assert.equal(result.outcome.plan.method, 'online');
    assert.equal(result.outcome.method, 'swap');
    assert.equal(readDatabase(live).digest, restored);
  });

  it('of a deleted database that a process still has open is refused unless forced, and then uses a swap', async function () {
    if (process.platform !== 'linux') return this.skip();
    const restored = await makeProject('delete');
    const holder = await hold();
    rmSync(folder.join(LIVE));
    const refused = await restoreOnline({});
    assert.ok('error' in refused, JSON.stringify(refused));
    assert.equal(refused.error.code, 'database-in-use');
    assert.match(refused.error.message, new RegExp(`process ${String(holder.child.pid)} `));
    assert.ok(!existsSync(folder.join(LIVE)));
    const result = await restoreOnline({ force: true });
    assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
    assert.equal(result.outcome.method, 'swap');
    assert.equal(await holder.ask('count'), '60', 'the holder has the deleted file, and not the new one');
    await holder.stop();
    assert.equal(readDatabase(folder.join(LIVE)).digest, restored);
  });

  it('fails, and swaps nothing, on an error that a swap cannot avoid', async () => {
    await makeProject('delete');
    const other = folder.join('other');
    cpSync(folder.join('.autoforge'), join(other, '.autoforge'), { recursive: true, preserveTimestamps: true });
    cpSync(folder.join('.feature_backups'), join(other, '.feature_backups'), {
      recursive: true,
      preserveTimestamps: true,
    });
    const undisturbed = await restoreProcess.run({ root: other, backup: 'latest' }, newNode);
    assert.ok(undisturbed && 'outcome' in undisturbed, JSON.stringify(undisturbed));
    const at = undisturbed.calls.findIndex((call) => call.endsWith('.restore-staged')) + 1;
    assert.ok(at > 0, undisturbed.calls.join('\n'));
    const before = readFileSync(folder.join(LIVE));
    const result = await restoreOnline({ stop: { at, how: 'ENOSPC' } });
    assert.ok('error' in result, JSON.stringify(result));
    assert.equal(result.error.code, 'disk-full');
    assert.deepEqual(readFileSync(folder.join(LIVE)), before);
  });

  it('goes through SQLite even without other processes, and can be undone', async () => {
    const restored = await makeProject('wal');
    const before = readDatabase(folder.join(LIVE)).digest;
    const result = await restoreOnline({});
    assert.ok('outcome' in result && result.outcome.status === 'restored' && result.outcome.method === 'online');
    assert.equal(readDatabase(folder.join(LIVE)).digest, restored);
    for (const expected of [before, restored, before]) {
      const undone = await restoreProcess.run({ root: folder.path, backup: 'undo' }, newNode);
      assert.ok(undone && 'outcome' in undone, JSON.stringify(undone));
      assert.equal(readDatabase(folder.join(LIVE)).digest, expected);
    }
    assert.deepEqual(
      readdirSync(folder.join('.autoforge')).filter((name) => name.includes('.restore-')),
      [],
    );
  });

  /** A backup with 40 features, 10 of them passing; then a live database with 60, none passing. */
  async function makeProject(journalMode: 'wal' | 'delete'): Promise<string> {
    const live = folder.join(LIVE);
    makeFeatureDatabase(live, { features: 40, passing: 10, journalMode });
    const { digest } = readDatabase(live);
    await createBackup(await findProject(folder.path, realPorts()), { source: 'cli', reason: 'manual' }, realPorts());
    runPython(GROW, [live]);
    return digest;
  }

  async function restoreOnline(request: Partial<RestoreRequest>): Promise<RestoreResult> {
    const result = await restoreProcess.run({ root: folder.path, backup: 'latest', ...request }, newNode);
    assert.ok(result);
    return result;
  }

  async function hold(): Promise<PythonProcess> {
    return await start(HOLD, [folder.join(LIVE)]);
  }

  async function write(writer: number): Promise<PythonProcess> {
    return await start(WRITE, [folder.join(LIVE), String(writer)]);
  }

  async function start(program: string, args: readonly string[]): Promise<PythonProcess> {
    const process = await startPython(program, args);
    started.push(process);
    return process;
  }
});

/** Every writer marks all features in one transaction: a database that mixes two states has two marks. */
function assertUnmixed(path: string): void {
  const result = runPython(
    `import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
print(c.execute('PRAGMA integrity_check').fetchone()[0], c.execute('SELECT count(DISTINCT description) FROM features WHERE priority = 1').fetchone()[0])`,
    [path],
  );
  assert.match(result, /^ok [01]\s*$/);
}

const GROW = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('UPDATE features SET passes = 0')
for i in range(41, 61): c.execute("INSERT INTO features SELECT ?, priority, category, name, description, steps, 0, 0, NULL, 0, NULL, NULL FROM features WHERE id = 1", (i,))
c.commit()
`;

const HOLD = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
c.execute('SELECT count(*) FROM features').fetchone()
print('ready')
for line in sys.stdin:
  word, *rest = line.split()
  if word == 'count': print(c.execute('SELECT count(*) FROM features').fetchone()[0])
  if word == 'passing': print(c.execute('SELECT coalesce(sum(passes), 0) FROM features').fetchone()[0])
  if word == 'add':
    c.execute("INSERT INTO features SELECT ?, priority, category, name, description, steps, 0, 0, NULL, 0, NULL, NULL FROM features WHERE id = 1", (int(rest[0]),))
    print('added')
`;

const WRITE = `
import sqlite3, sys, time
c = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
print('ready')
n = 0
while True:
  n += 1
  c.execute('BEGIN IMMEDIATE')
  c.execute('UPDATE features SET priority = 1, description = ?', ('writer %s round %d' % (sys.argv[2], n),))
  c.execute('COMMIT')
  time.sleep(0.002)
`;
