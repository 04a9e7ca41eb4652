import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyFixture, countsBySqlite, sqlite3 } from '../../support/fixtureProject.js';
import { buildCli, runCli, runCliJson, type CliOptions } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the commands, on a real project', () => {
  const folder = useTemporaryFolder();
  before(function () {
    this.timeout(60_000);
    buildCli();
  });

  let project = '';
  let database = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop front'));
    database = join(project, 'features.db');
  });

  const run = (...args: string[]) => runCli(args, { cwd: project });
  const json = (...args: string[]) => runCliJson(args, { cwd: project });
  const store = () => readdirSync(join(project, '.feature_backups')).filter((name) => name.endsWith('.db'));
  const change = (sql: string) => sqlite3(database, sql);

  it('backup: includes the write-ahead log, in a file that sqlite3 can read', async () => {
    const { code, stdout, stderr } = await run('backup');
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Backed up 598 features, 200 passing to\n/);
    const [name = ''] = store();
    assert.match(name, /^features_598_\d{8}-\d{6}_manual\.db$/);
    assert.equal(countsBySqlite(join(project, '.feature_backups', name)), '598|200');
  });

  it('backup --reason: is part of the name; an unchanged database gets no second file', async () => {
    const first = await json('backup', '--reason', 'before lunch!');
    assert.equal(first.document.status, 'created');
    const second = await json('backup');
    assert.equal(second.document.status, 'unchanged');
    assert.match(store().join(), /^features_598_[\d-]+_before_lunch_\.db$/);
    assert.equal(field(second.document, 'backup', 'events', 'length'), 2);
  });

  it('backup: reports a damaged database, with exit code 3', async () => {
    await run('backup');
    damage(database);
    const human = await run('backup');
    assert.equal(human.code, 3);
    assert.match(human.stderr, /damaged/);
    const { code, document } = await json('backup');
    assert.deepEqual([code, document.status], [3, 'damaged']);
    assert.equal(field(document, 'emergency', 'kind'), 'emergency');
  });

  it('list: prints tab-separated lines without a terminal, newest first', async () => {
    await run('backup');
    change('UPDATE features SET passes = 0 WHERE id = 1');
    await run('backup', '--reason', 'second');
    const { code, stdout } = await run('list');
    assert.equal(code, 0);
    const rows = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.equal(rows.length, 2);
    assert.match(rows[0]?.[0] ?? '', /_second$/);
    assert.deepEqual(rows[1]?.slice(2, 4), ['598', '200']);
    const { document } = await json('list');
    assert.equal(field(document, 'backups', 'length'), 2);
    assert.equal(field(document, 'backups', '0', 'reason'), 'second');
  });

  it('list: succeeds without backups', async () => {
    const { code, stdout, stderr } = await run('list');
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /No backups/);
    assert.equal(existsSync(join(project, '.feature_backups')), false);
  });

  it('status: has its own exit code for a sound, a damaged and a missing database', async () => {
    await run('backup');
    const sound = await json('status');
    assert.deepEqual([sound.code, field(sound.document, 'live', 'condition')], [0, 'sound']);
    assert.deepEqual(field(sound.document, 'live', 'counts'), { total: 598, passing: 200, inProgress: 0 });
    damage(database);
    const damaged = await json('status');
    assert.deepEqual([damaged.code, field(damaged.document, 'live', 'condition')], [3, 'damaged']);
    for (const suffix of ['', '-wal', '-shm']) rmSync(database + suffix, { force: true });
    const gone = await json('status');
    assert.deepEqual([gone.code, field(gone.document, 'live', 'condition')], [4, 'gone']);
    assert.match((await run('status')).stdout, /^newest\tfeatures_598_/m);
  });

  it('restore: restores a backup, and undo undoes it', async () => {
    await run('backup');
    change('DELETE FROM features WHERE id > 400');
    const [id = ''] = store();
    const { code, stdout } = await run('restore', id.slice(0, 25), '--yes');
    assert.equal(code, 0, stdout);
    assert.match(stdout, /198 added/);
    assert.equal(countsBySqlite(database), '598|200');
    assert.equal((await run('undo', '--yes')).code, 0);
    assert.match(countsBySqlite(database), /^400\|/);
  });

  it('restore <project> <backup>: works from any folder', async () => {
    await run('backup');
    change('DELETE FROM features');
    const elsewhere: CliOptions = { cwd: folder.path };
    assert.equal((await runCli(['restore', 'shop front', 'latest', '--yes'], elsewhere)).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
  });

  it('restore: refuses without a terminal, reports what would change, and changes nothing', async () => {
    await run('backup');
    change('DELETE FROM features WHERE id = 7');
    const [toRead, asJson] = [await run('restore', 'latest'), await run('restore', 'last-good', '--json')];
    for (const { code, stderr } of [toRead, asJson]) {
      assert.equal(code, 5);
      assert.match(stderr, /would restore 598 features .*1 added/);
    }
    assert.equal(field(JSON.parse(asJson.stdout), 'error', 'code'), 'confirmation-needed');
    assert.match(countsBySqlite(database), /^597\|/);
  });

  it('restore --dry-run: shows the plan and changes nothing', async () => {
    await run('backup');
    change('UPDATE features SET passes = 0 WHERE id = 5');
    const { code, document } = await json('restore', 'latest', '--dry-run');
    assert.deepEqual([code, document.status], [0, 'planned']);
    assert.equal(field(document, 'plan', 'comparison', 'failingToPassing'), 1);
    assert.equal(countsBySqlite(database), '598|199');
  });

  it('restore: does nothing and does not ask if nothing would change', async () => {
    await run('backup');
    sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE)');
    const { code, document } = await json('restore', 'latest', '--features', '1');
    assert.deepEqual([code, document.status], [0, 'unchanged']);
  });

  it('restore --features: restores only those rows', async () => {
    await run('backup');
    change('UPDATE features SET passes = 0 WHERE id IN (5, 6, 7)');
    assert.match(
      (await run('restore', 'latest', '--features', '5,6')).stderr,
      /would restore 2 features from .*: 2 changed/,
    );
    const restored = await run('restore', 'latest', '--features', '5, 6', '--yes');
    assert.equal(restored.code, 0);
    assert.match(restored.stdout, /^Restored 2 features from /m);
    assert.equal((await run('restore', 'latest', '--features', '5', '--salvage')).code, 2);
    assert.equal(sqlite3(database, 'SELECT group_concat(passes) FROM features WHERE id IN (5, 6, 7)'), '1,1,0');
    assert.equal((await run('restore', 'latest', '--features', '5;6')).code, 2);
    assert.equal((await run('restore', 'latest', '--features', '99999', '--yes')).code, 2);
  });

  it('salvage and restore --salvage: recover features from the damaged database', async () => {
    await run('backup');
    change("UPDATE features SET name = 'Newer than the backup' WHERE id = 598");
    sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE)');
    damageOnePage(database);
    const salvaged = await json('salvage');
    assert.equal(salvaged.code, 0);
    assert.ok(Number(field(salvaged.document, 'readableCount')) > 500);
    assert.equal((await run('restore', 'last-good', '--salvage', '--yes')).code, 0);
    assert.equal(sqlite3(database, 'SELECT name FROM features WHERE id = 598'), 'Newer than the backup');
    assert.match(countsBySqlite(database), /^598\|/);
  });

  it('compare: prints each field, as lines and as JSON', async () => {
    await run('backup');
    change("UPDATE features SET passes = 0, name = 'Changed' WHERE id = 5; DELETE FROM features WHERE id = 6");
    const { code, stdout } = await run('compare', 'latest');
    assert.equal(code, 0);
    assert.match(stdout, /^removed\t6\t/m);
    assert.match(stdout, /^changed\t5\tname\t".*"\t"Changed"$/m);
    assert.match(stdout, /^changed\t5\tpasses\ttrue\tfalse$/m);
    const { document } = await json('compare', 'live', 'latest');
    assert.equal(field(document, 'added', '0', 'id'), 6);
    assert.equal(document.failingToPassing, 1);
  });

  it('verify: finds a changed backup, with exit code 3', async () => {
    await run('backup');
    assert.deepEqual((await json('verify')).document.ok, true);
    const [name = ''] = store();
    damageOnePage(join(project, '.feature_backups', name));
    const { code, stdout } = await run('verify', 'latest');
    assert.equal(code, 3);
    assert.match(stdout, /^damaged\tfeatures_598_/);
    assert.equal((await run('restore', 'latest', '--yes')).code, 3);
    assert.equal(countsBySqlite(database), '598|200');
  });

  it('pin, unpin, cleanup and delete: keep a pinned backup', async () => {
    for (const reason of ['one', 'two', 'three', 'four']) {
      change('UPDATE features SET priority = priority + 1 WHERE id = 1');
      await run('backup', '--reason', reason);
    }
    const named = (reason: string) => store().find((name) => name.endsWith(`_${reason}.db`)) ?? '';
    assert.equal(field((await json('pin', named('one'))).document, 'backup', 'pinned'), true);
    assert.equal((await run('delete', named('one'), '--yes')).code, 5);
    assert.equal((await run('cleanup', '--keep', '1')).code, 5);
    assert.equal(store().length, 4);
    const planned = await json('cleanup', '--keep', '1', '--dry-run');
    assert.equal(field(planned.document, 'remove', 'length'), 2);
    assert.equal((await run('cleanup', '--keep', '1', '--yes')).code, 0);
    assert.deepEqual(
      store()
        .map((name) => name.replace(/^.*_/, ''))
        .sort(),
      ['four.db', 'one.db'],
    );
    assert.equal((await run('unpin', named('one'))).code, 0);
    assert.equal((await run('delete', named('one'))).code, 5);
    assert.equal(field((await json('delete', named('one'), '--yes')).document, 'status'), 'deleted');
    assert.deepEqual(store().length, 1);
  });

  it('rejects backups that are unknown, ambiguous or outside the store', async () => {
    await run('backup');
    change('UPDATE features SET passes = 0 WHERE id = 1');
    await run('backup');
    const missing = await run('restore', 'nothing', '--yes');
    assert.equal(missing.code, 4);
    const ambiguous = await run('restore', 'features_598', '--yes');
    assert.equal(ambiguous.code, 2);
    const names = store();
    assert.equal(names.length, 2);
    for (const name of names) assert.ok(ambiguous.stderr.includes(name.replace('.db', '')));
    assert.equal((await run('restore', '../features.db', '--yes')).code, 2);
    assert.equal(countsBySqlite(database), '598|199');
  });

  it('accepts the path of a backup, as a shell completes it', async () => {
    await run('backup');
    const [name = ''] = store();
    assert.equal((await run('verify', join('.feature_backups', name))).code, 0);
  });
});

/** A nested value in a parsed document. */
function field(document: unknown, ...path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    assert.ok(typeof value === 'object' && value !== null, `no ${key} in ${JSON.stringify(document)}`);
    return Reflect.get(value, key);
  }, document);
}

function damage(database: string): void {
  const bytes = readFileSync(database);
  bytes.fill(0xa5, 100, 40_000);
  writeFileSync(database, bytes);
  rmSync(`${database}-wal`, { force: true });
  rmSync(`${database}-shm`, { force: true });
}

/** Overwrites one page in the middle of the features. */
function damageOnePage(database: string): void {
  const bytes = readFileSync(database);
  bytes.fill(0xa5, 40 * 4096, 41 * 4096);
  writeFileSync(database, bytes);
}
