import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, rmSync, statfsSync, statSync, watch, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, before, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { findProject } from '../../../core/project/findProject.js';
import { realPorts } from '../../../core/system/ports.js';
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
import { useTinyDisk } from '../../support/tinyDisk.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('restore through SQLite', function () {
  this.timeout(120_000);
  // Hooks run in the order of these lines: the disk is unmounted before its folder is removed.
  const disk = useTinyDisk();
  afterEach('unmount the disk', () => {
    disk.unmountAll();
  });
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

  const liveOf = (root: string): string => join(root, '.autoforge', 'features.db');
  const live = (): string => liveOf(folder.path);
  const restore = async (request: Partial<RestoreRequest> = {}): Promise<RestoreResult> => {
    const result = await restoreProcess.run({ root: folder.path, backup: 'latest', ...request }, newNode);
    assert.ok(result);
    return result;
  };
  const methodOf = (result: RestoreResult): string => {
    assert.ok('outcome' in result && result.outcome.status === 'restored', JSON.stringify(result));
    return result.outcome.method;
  };
  const codeOf = (result: RestoreResult): string => {
    assert.ok('error' in result, JSON.stringify(result));
    return result.error.code;
  };
  /** A program in Python; `c` is a connection to the live database, in autocommit mode. */
  const change = (program: string, path = live()): void => {
    runPython(`import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n${program}\nc.close()`, [
      path,
    ]);
  };
  const hold = async (program: string, path: string): Promise<PythonProcess> => {
    const process = await startPython(
      `import sqlite3, sys\nc = sqlite3.connect(sys.argv[1], isolation_level=None)\n${program}\nprint('ready')\nsys.stdin.readline()`,
      [path],
    );
    started.push(process);
    return process;
  };
  /** A backup of 20 features in a database that `prepare` completed; then a live one that `later` changed. */
  const makeProject = async (
    { prepare = '', later = LATER, journalMode = 'wal' as 'wal' | 'delete', isReadable = true },
    root = folder.path,
  ): Promise<string> => {
    makeFeatureDatabase(liveOf(root), { features: 20, passing: 5, journalMode });
    change(prepare, liveOf(root));
    const digest = isReadable ? readDatabase(liveOf(root)).digest : '';
    await createBackup(await findProject(root, realPorts()), { source: 'cli', reason: 'manual' }, realPorts());
    change(later, liveOf(root));
    if (isReadable) assert.notEqual(readDatabase(liveOf(root)).digest, digest);
    return digest;
  };

  it('writes only the live database in its transaction, so that its journal names no other file', async () => {
    await makeProject({ journalMode: 'delete' });
    const names: (string | null)[] = [];
    const modes = new Set<number>();
    chmodSync(live(), 0o600);
    const watcher = watch(dirname(live()), (_event, name) => {
      names.push(name);
      const stats = statSync(join(dirname(live()), name ?? ''), { throwIfNoEntry: false });
      if (stats !== undefined) modes.add(stats.mode & 0o777);
    });
    try {
      assert.equal(methodOf(await restore()), 'online');
      await sleep(100);
    } finally {
      watcher.close();
    }
    assert.ok(names.includes('features.db-journal'), JSON.stringify(names));
    assert.deepEqual(
      names.filter((name) => name?.includes('-mj')),
      [],
    );
    assert.ok(names.some((name) => name?.endsWith('.restore-staged')));
    assert.deepEqual([...modes], [0o600], 'no copy is readable for others');
  });

  it('fails with disk-full, and changes nothing, if the disk is full at any step', async function () {
    const root = folder.join('disk');
    const problem = disk.mount(root, 'size=700k');
    if (problem !== undefined) this.skip();
    const codes = new Set<string>();
    // The database has 40 kB; each step needs some more of the disk.
    for (const freeBytes of [0, 20_000, 50_000, 90_000, 130_000, 180_000, 260_000]) {
      execFileSync('find', [root, '-mindepth', '1', '-delete']);
      await makeProject({}, root);
      const before = readDatabase(liveOf(root)).digest;
      const ballast = statfsSync(root).bavail * statfsSync(root).bsize - freeBytes;
      writeFileSync(join(root, 'ballast'), Buffer.alloc(Math.max(0, ballast)));
      const result = await restore({ root });
      rmSync(join(root, 'ballast'));
      if ('error' in result) {
        codes.add(result.error.code);
        assert.equal(readDatabase(liveOf(root)).digest, before);
      }
    }
    assert.deepEqual([...codes], ['disk-full']);
  });

  it('replaces the rows of equal tables in place, whatever the page sizes', async () => {
    const restored = await makeProject({ later: `${LATER}\n${pageSize(1024)}` });
    const inode = statSync(live()).ino;
    assert.equal(methodOf(await restore()), 'online');
    assert.equal(statSync(live()).ino, inode);
    assert.equal(readDatabase(live()).digest, restored);
  });

  it('restores the numbers that programs store in the header', async () => {
    await makeProject({
      prepare: "c.execute('PRAGMA user_version=7')\nc.execute('PRAGMA application_id=99')",
      later: `${LATER}\nc.execute('PRAGMA user_version=8')\nc.execute('PRAGMA application_id=100')`,
    });
    assert.equal(methodOf(await restore()), 'online');
    const numbers = runPython(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('PRAGMA user_version').fetchone()[0], c.execute('PRAGMA application_id').fetchone()[0])",
      [live()],
    );
    assert.equal(numbers.trim(), '7 99');
  });

  for (const [what, prepare] of Object.entries({
    'rows that refer to each other': `
c.execute('CREATE TABLE notes (id INTEGER PRIMARY KEY, feature INTEGER NOT NULL REFERENCES features (id))')
c.execute('INSERT INTO notes VALUES (1, 3)')`,
    'a trigger that changes other rows': `
c.execute('CREATE TABLE log (entry TEXT)')
c.execute("INSERT INTO log VALUES ('first'), ('second')")
c.execute('CREATE TRIGGER noted AFTER INSERT ON log BEGIN UPDATE features SET priority = priority + 1; END')`,
    'a virtual table': `
c.execute('CREATE VIRTUAL TABLE words USING fts5(word)')
c.execute("INSERT INTO words VALUES ('first'), ('second')")`,
    'a column that is computed': `
c.execute('CREATE TABLE sums (a INTEGER, twice INTEGER GENERATED ALWAYS AS (a * 2))')
c.execute('INSERT INTO sums (a) VALUES (1), (2)')`,
    'text in another encoding': `
words = c.execute('SELECT * FROM features').fetchall()
schema = [sql for (sql,) in c.execute('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name != "sqlite_sequence"')]
c.close()
import os
os.unlink(sys.argv[1])
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute("PRAGMA encoding='UTF-16le'")
c.execute('PRAGMA journal_mode=WAL')
for sql in schema: c.execute(sql)
c.executemany('INSERT INTO features VALUES (' + ','.join('?' * 12) + ')', words)`,
  })) {
    it(`restores exactly the backup if it contains ${what}`, async () => {
      const restored = await makeProject({ prepare, later: what.startsWith('text') ? TO_UTF_8 : LATER });
      methodOf(await restore());
      const content = readDatabase(live());
      assert.equal(content.digest, restored);
      assert.equal(content.integrity, 'ok');
    });
  }

  it('restores the backup if a table needs a module that this SQLite lacks', async () => {
    await makeProject({
      prepare: `
c.execute('PRAGMA writable_schema=ON')
c.execute("INSERT INTO sqlite_schema VALUES ('table', 'words', 'words', 0, 'CREATE VIRTUAL TABLE words USING nowhere(word)')")`,
      isReadable: false,
    });
    methodOf(await restore());
    const passing = runPython(
      "import sqlite3, sys; print(sqlite3.connect(sys.argv[1]).execute('SELECT sum(passes), max(priority) FROM features').fetchone())",
      [live()],
    );
    assert.equal(passing.trim(), '(5, 20)');
  });

  it('is refused without changes if SQLite cannot do it and a process has the database open', async () => {
    await makeProject({ later: `${LATER}\n${pageSize(1024)}\nc.execute('CREATE TABLE later (a)')` });
    const holder = await hold("c.execute('SELECT count(*) FROM features').fetchone()", live());
    const before = readDatabase(live()).digest;
    assert.equal(codeOf(await restore({ force: true })), 'io');
    await holder.stop();
    assert.equal(readDatabase(live()).digest, before);
  });

  it('gives up without changes if others keep the database locked', async () => {
    const locked = {
      // A reader allows a writer to begin, but not to end.
      reading: "c.execute('BEGIN')\nc.execute('SELECT count(*) FROM features').fetchone()",
      writing: "c.execute('BEGIN IMMEDIATE')",
    };
    const roots = Object.keys(locked).map((name) => folder.join(name));
    for (const root of roots) await makeProject({ journalMode: 'delete' }, root);
    const before = roots.map((root) => readFileSync(liveOf(root)));
    const holders = await Promise.all(
      Object.values(locked).map(async (program, at) => await hold(program, liveOf(roots[at] ?? ''))),
    );
    const results = await Promise.all(roots.map(async (root) => await restore({ root, force: true })));
    assert.deepEqual(results.map(codeOf), ['database-busy', 'database-busy']);
    for (const holder of holders) await holder.stop();
    assert.deepEqual(
      roots.map((root) => readFileSync(liveOf(root))),
      before,
    );
  });
});

const LATER = "c.execute('UPDATE features SET passes = 1 - passes, priority = 99')";

/** For a database in WAL mode, whose page size SQLite's backup cannot change. */
function pageSize(bytes: number): string {
  return `
c.execute('PRAGMA journal_mode=DELETE')
c.execute('PRAGMA page_size=${bytes.toString()}')
c.execute('VACUUM')
c.execute('PRAGMA journal_mode=WAL')`;
}

const TO_UTF_8 = `
schema = [sql for (sql,) in c.execute('SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name != "sqlite_sequence"')]
c.close()
import os
os.unlink(sys.argv[1])
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA journal_mode=WAL')
for sql in schema: c.execute(sql)`;
