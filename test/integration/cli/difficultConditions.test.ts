import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { readFileSync, readdirSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { backUp } from '../../../core/engine.js';
import { copyFixture, countsBySqlite, sqlite3 } from '../../support/fixtureProject.js';
import { readDatabase } from '../../support/pythonSqlite.js';
import { CLI_PATH, bareEnvironment, buildCli, durationOf, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { runOnTerminal } from '../../support/terminal.js';

describe('the command line in difficult conditions', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  let database = '';
  let store = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop'));
    database = join(project, 'features.db');
    store = join(project, '.feature_backups');
  });

  const run = (...args: string[]) => runCli(args, { cwd: project });
  const json = (...args: string[]) => runCliJson(args, { cwd: project });
  const stored = () => readdirSync(store).filter((name) => name.endsWith('.db'));

  describe('with a table of a million features', () => {
    beforeEach(() => {
      sqlite3(
        database,
        `PRAGMA journal_mode=DELETE; PRAGMA synchronous=OFF;
        WITH RECURSIVE n(i) AS (SELECT 1000 UNION ALL SELECT i + 1 FROM n WHERE i < 1000999)
        INSERT INTO features SELECT i, i, 'c', 'n', 'd', '[]', 0, 0, NULL, 0, NULL, NULL FROM n`,
      );
    });

    it('backs up, counts and verifies all of them, with a progress bar', () => {
      const { code, shown } = runOnTerminal(['backup'], { cwd: project, env: { NO_COLOR: '1' } });
      assert.equal(code, 0, shown);
      assert.match(shown, /Backed up 1,000,598 features, 200 passing/);
      const verified = runOnTerminal(['verify'], { cwd: project, env: { NO_COLOR: '1' } });
      assert.match(verified.shown, /✓ features_1000598_/);
      const bars = /\r\u001B\[K[█░]{24} +\d+ % {2}\w.*?\r\u001B\[K/s;
      assert.ok(bars.test(shown) || bars.test(verified.shown), JSON.stringify(shown + verified.shown));
    });
  });

  it('a database replaced during backups: each backup is one of the two', async () => {
    const other = folder.join('other.db');
    sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode=DELETE');
    sqlite3(database, `VACUUM INTO '${other}'`);
    sqlite3(other, 'DELETE FROM features WHERE id > 400');
    const contents = [readFileSync(database), readFileSync(other)];
    const swapper = setInterval(() => {
      writeFileSync(folder.join('next.db'), contents.reverse()[0] ?? '');
      renameSync(folder.join('next.db'), database);
    }, 1);
    try {
      for (let round = 0; round < 6; round += 1) {
        const { code, stderr } = await run('backup');
        assert.ok(code === 0 || code === 6, stderr);
      }
    } finally {
      clearInterval(swapper);
    }
    assert.ok(stored().length > 0);
    for (const name of stored()) {
      const { integrity, features } = readDatabase(join(store, name));
      assert.equal(integrity, 'ok');
      assert.equal(features, name.startsWith('features_598_') ? 598 : 400);
    }
  });

  it('a database deleted during backups: exits with 0 or 4, without partial backups', async () => {
    const intact = readFileSync(database);
    const log = readFileSync(`${database}-wal`);
    const durationMs = await durationOf(['backup'], { cwd: project });
    for (let part = 1; part <= 7; part += 1) {
      rmSync(store, { recursive: true, force: true });
      writeFileSync(database, intact);
      writeFileSync(`${database}-wal`, log);
      const running = run('backup');
      const timer = setTimeout(
        () => {
          for (const path of [database, `${database}-wal`]) unlinkSync(path);
        },
        (durationMs * part) / 8,
      );
      const { code, stderr } = await running;
      // The second run may take less time than the first.
      clearTimeout(timer);
      // Between the two deletions, the database has no log: it is intact but in an older state.
      assert.ok(code === 0 || code === 4, `${String(code)}: ${stderr}`);
      if (code === 0) assert.equal((await run('verify')).code, 0);
    }
  });

  it('SIGINT during a restore: the database is the old or the new one, and the next run cleans up', async () => {
    await run('backup');
    sqlite3(database, 'DELETE FROM features WHERE id > 400');
    const durationMs = await durationOf(['restore', 'latest', '--yes'], { cwd: project });
    for (let part = 1; part <= 10; part += 1) {
      sqlite3(database, 'DELETE FROM features WHERE id > 400');
      const child = spawn(process.execPath, [CLI_PATH, 'restore', 'latest', '--yes'], {
        cwd: project,
        env: bareEnvironment(),
      });
      const timer = setTimeout(() => child.kill('SIGINT'), (durationMs * part) / 11);
      await new Promise((resolve) => child.on('close', resolve));
      clearTimeout(timer);
      assert.match(countsBySqlite(database), /^(598\|200|400\|\d+)$/);
      assert.equal(sqlite3(database, 'PRAGMA integrity_check'), 'ok');
    }
    sqlite3(database, 'DELETE FROM features WHERE id > 300');
    assert.equal((await run('restore', 'last-good', '--yes')).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
    assert.deepEqual(
      readdirSync(project).filter((name) => !/^(features\.db|\.feature_backups)$/.test(name)),
      [],
    );
  });

  it('three backups in one second, and a clock set back: the last one made is the newest', async () => {
    for (const reason of ['one', 'two', 'three']) {
      sqlite3(database, 'UPDATE features SET priority = priority + 1 WHERE id = 1');
      assert.equal((await run('backup', '--reason', reason)).code, 0);
    }
    for (const name of readdirSync(store).filter((each) => each.startsWith('features_'))) {
      const dated = name.replace(/_\d{8}-\d{6}(-\d+)?_/, '_20990101-000000$1_');
      renameSync(join(store, name), join(store, dated));
      if (dated.endsWith('.json')) {
        const path = join(store, dated);
        const moved = readFileSync(path, 'utf8').replace(/"timestamp": "[^"]*"/, '"timestamp": "2099-01-01T00:00:00Z"');
        writeFileSync(path, moved);
      }
    }
    sqlite3(database, 'UPDATE features SET priority = priority + 1 WHERE id = 1');
    assert.equal((await run('backup', '--reason', 'now')).code, 0);
    const { document } = await json('list');
    assert.match(JSON.stringify(Reflect.get(document.backups as object, 0)), /_now"/);
    assert.equal(stored().length, 4);
    assert.match((await run('verify', 'latest')).stdout, /^ok\t\S+_now\t/);
  });

  it('200 backups: lists, verifies and prunes them', async () => {
    sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE); DELETE FROM features WHERE id > 20; VACUUM');
    const overrides = { retention: { keepLast: 1000 } };
    for (let made = 0; made < 200; made += 1) {
      const bytes = readFileSync(database);
      // The user version is at a fixed offset and unused, unlike the rows.
      bytes.writeUInt32BE(made + 1, 60);
      writeFileSync(database, bytes);
      const { status } = await backUp(project, { source: 'cli', reason: `no_${String(made)}` }, { overrides });
      assert.equal(status, 'created');
    }
    const { stdout } = await run('list');
    assert.equal(stdout.trimEnd().split('\n').length, 200);
    assert.match(stdout, /^\S+_no_199\t/);
    assert.equal(field((await json('status')).document, 'backupCount'), 200);
    const { code, document } = await json('verify');
    assert.deepEqual([code, field(document, 'backups', 'length')], [0, 200]);
    assert.equal((await run('restore', 'features_20')).code, 2);
    assert.equal((await run('cleanup', '--keep', '5', '--yes')).code, 0);
    assert.equal(stored().length, 5);
  });

  describe('with a compressed backup', () => {
    let name = '';
    beforeEach(async () => {
      await run('backup');
      [name = ''] = stored();
      const path = join(store, name);
      writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
      rmSync(path);
    });

    it('lists, verifies, compares and restores it', async () => {
      const id = name.replace('.db', '');
      assert.match((await run('list')).stdout, new RegExp(`^${id}\t`));
      assert.equal(field((await json('list')).document, 'backups', '0', 'compressed'), true);
      assert.equal((await run('verify', 'latest')).stdout, `ok\t${id}\t\n`);
      sqlite3(database, 'DELETE FROM features WHERE id = 7');
      assert.match((await run('compare', `.feature_backups/${name}.gz`)).stdout, /^removed\t7\t/);
      assert.equal((await run('restore', 'latest', '--features', '7', '--yes')).code, 0);
      assert.match(countsBySqlite(database), /^598\|/);
      sqlite3(database, 'DELETE FROM features WHERE id > 7');
      assert.equal((await run('restore', 'last-good', '--yes')).code, 0);
      assert.equal(countsBySqlite(database), '598|200');
    });

    it('rejects it if damaged, with exit code 3', async () => {
      const path = join(store, `${name}.gz`);
      writeFileSync(path, readFileSync(path).subarray(0, 5000));
      assert.match((await run('verify', 'latest')).stdout, /^damaged\t.*cannot be decompressed/);
      const { code, stderr } = await run('restore', 'latest', '--yes');
      assert.equal(code, 3, stderr);
      assert.equal(countsBySqlite(database), '598|200');
    });
  });

  describe('with an emergency backup of a damaged database', () => {
    beforeEach(async () => {
      await run('backup');
      sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE)');
      writeFileSync(database, readFileSync(database).fill(0xa5, 40 * 4096, 41 * 4096));
      assert.equal((await run('backup')).code, 3);
    });

    it('verify and list report it as an intact copy of a damaged database', async () => {
      for (let time = 0; time < 2; time += 1) {
        const { code, stdout } = await run('verify');
        assert.equal(code, 0);
        assert.match(stdout, /^kept\tfeatures_emergency_\S+\t.*page 41/m);
        assert.match(stdout, /^ok\tfeatures_598_/m);
        assert.match((await run('list')).stdout, /^features_emergency_.*\temergency, damaged$/m);
      }
      const { document } = await json('verify', 'features_emergency');
      assert.deepEqual([field(document, 'ok'), field(document, 'backups', '0', 'holdsDamage')], [true, true]);
    });

    it('verify reports an emergency backup that has changed', async () => {
      const [name = ''] = stored().filter((each) => each.includes('emergency'));
      const path = join(store, name);
      writeFileSync(path, readFileSync(path).fill(1, 5000, 5001));
      const { code, stdout } = await run('verify');
      assert.equal(code, 3);
      assert.match(stdout, /^damaged\tfeatures_emergency_\S+\tits content has changed/m);
    });

    it('undo restores it without calling it verified', async () => {
      assert.equal((await run('restore', 'last-good', '--yes')).code, 0);
      const { code, stdout } = await run('undo', '--yes');
      assert.equal(code, 0);
      assert.match(stdout, /^Restored a copy of a damaged database from features_emergency_\S+; its bytes/m);
      assert.doesNotMatch(stdout, /verified/);
      assert.equal((await run('status')).code, 3);
    });
  });
});

/** A nested value in a parsed document. */
function field(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    assert.ok(typeof value === 'object' && value !== null, `no ${key} in ${JSON.stringify(document)}`);
    return Reflect.get(value, key);
  }, document);
}
