import assert from 'node:assert/strict';
import { checkImage, checkKindFor } from '../../../core/database/check.js';
import { inspectImage } from '../../../core/database/imageOperations.js';
import { fixtureImage, makeImage } from '../../support/madeImage.js';

describe('inspecting an image', () => {
  it('counts the features of a real AutoForge database', async () => {
    assert.deepEqual(await inspectImage(fixtureImage('2-after-200-passing'), 'integrity_check'), {
      check: { check: 'integrity_check', ok: true, problems: [] },
      shape: 'ok',
      counts: { total: 598, passing: 200, inProgress: 0 },
    });
    const empty = await inspectImage(fixtureImage('0-created'), 'integrity_check');
    assert.deepEqual(empty.counts, { total: 0, passing: 0, inProgress: 0 });
  });

  it('counts in an older schema with NULL booleans', async () => {
    const image = makeImage(`
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, priority INTEGER, category TEXT, name TEXT, description TEXT, steps JSON, passes BOOLEAN)')
c.executemany('INSERT INTO features (name, passes) VALUES (?, ?)', [('a', 1), ('b', None), ('c', 0), ('d', 1)])`);
    const { counts } = await inspectImage(image, 'integrity_check');
    assert.deepEqual(counts, { total: 4, passing: 2, inProgress: 0 });
  });

  it('distinguishes a missing table from one with other columns', async () => {
    const none = await inspectImage(makeImage("c.execute('CREATE TABLE other (id)')"), 'quick_check');
    assert.deepEqual([none.check.ok, none.shape, none.counts], [true, 'no-table', undefined]);
    const other = await inspectImage(makeImage("c.execute('CREATE TABLE features (x, y)')"), 'quick_check');
    assert.deepEqual([other.check.ok, other.shape, other.counts], [true, 'other-shape', undefined]);
  });

  it('rejects anything but a database: an empty file, text, noise, a truncated header', async () => {
    const intact = fixtureImage('0-created');
    const noise = Buffer.from(Array.from({ length: 8192 }, (_, index) => (index * 7919) % 251));
    for (const image of [Buffer.alloc(0), Buffer.from('hello '.repeat(999)), noise, intact.subarray(0, 60)]) {
      const { check, counts } = await inspectImage(image, 'quick_check');
      assert.equal(check.ok, false);
      assert.equal(check.problems.length, 1);
      assert.equal(counts, undefined);
    }
  });

  it('rejects a database truncated at any point', async () => {
    const intact = fixtureImage('2-after-200-passing');
    for (const length of [100, 511, 512, 4095, 4096, 4097, 100_000, intact.length - 4096, intact.length - 1]) {
      const { check } = await inspectImage(intact.subarray(0, length), 'integrity_check');
      assert.equal(check.ok, false, `cut to ${length} bytes`);
    }
  });

  it('reports problems in a few short lines', async () => {
    const image = Buffer.from(fixtureImage('2-after-200-passing'));
    for (let page = 20; page < 60; page += 1) image.fill(0xee, page * 4096, page * 4096 + 50);
    const { problems } = await checkImage(image, 'integrity_check');
    assert.ok(problems.length >= 1 && problems.length <= 8);
    assert.match(problems.join('\n'), /page/i);
  });

  it('counts and checks a table of a million rows', async () => {
    const image = makeImage(`
c.execute(FEATURES)
c.execute('BEGIN')
c.executemany(INSERT, ((i, i, 'c', 'n%d' % i, 'd', '[]', i % 2, 0, None, 0, None, None) for i in range(1, 1000001)))
c.execute('COMMIT')`);
    const { check, counts } = await inspectImage(image, checkKindFor(image.length));
    assert.equal(check.ok, true);
    assert.deepEqual(counts, { total: 1_000_000, passing: 500_000, inProgress: 0 });
  }).timeout(60_000);
});

describe('checking an image', () => {
  it('detects an index that differs from its table with integrity_check, not with quick_check', async () => {
    const image = makeImage(`
c.execute(FEATURES)
c.executemany(INSERT, ((i, i, 'c', 'n', 'd', '[]', 0, 0, None, 0, None, None) for i in range(1, 10)))
c.execute('CREATE INDEX ix ON features (priority)')
c.execute('PRAGMA writable_schema=ON')
c.execute("DELETE FROM sqlite_master WHERE name = 'ix'")
c.execute('PRAGMA writable_schema=RESET')
c.execute('UPDATE features SET priority = 77 WHERE id = 5')
c.execute('PRAGMA writable_schema=ON')
c.execute("INSERT INTO sqlite_master VALUES ('index', 'ix', 'features', 3, 'CREATE INDEX ix ON features (priority)')")`);
    assert.deepEqual((await checkImage(image, 'quick_check')).problems, []);
    const { ok, problems } = await checkImage(image, 'integrity_check');
    assert.equal(ok, false);
    assert.match(problems.join('\n'), /index ix/);
  });

  it('reports rows with missing references separately from damage', async () => {
    const image = makeImage(`
c.execute('CREATE TABLE schedules (id INTEGER PRIMARY KEY)')
c.execute('CREATE TABLE schedule_overrides (id INTEGER PRIMARY KEY, schedule_id INT REFERENCES schedules (id))')
c.execute('INSERT INTO schedule_overrides VALUES (4, 9)')`);
    const result = await checkImage(image, 'integrity_check', { foreignKeys: true });
    assert.equal(result.ok, true);
    assert.deepEqual(result.foreignKeyViolations, [
      'row 4 of schedule_overrides references a missing row of schedules',
    ]);
    assert.equal((await checkImage(image, 'integrity_check')).foreignKeyViolations, undefined);
  });

  it('uses integrity_check up to 8 MiB and quick_check above', () => {
    assert.equal(checkKindFor(8 * 1024 * 1024), 'integrity_check');
    assert.equal(checkKindFor(8 * 1024 * 1024 + 1), 'quick_check');
  });
});
