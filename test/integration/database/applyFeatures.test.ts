import assert from 'node:assert/strict';
import { applyFeatures, readFeatureRows, readFeatures } from '../../../core/database/imageOperations.js';
import { checkImage } from '../../../core/database/check.js';
import { compareFeatures } from '../../../core/database/compareFeatures.js';
import { fixtureImage, makeImage } from '../../support/madeImage.js';

describe('applying features to an image', () => {
  it('changes only those rows', async () => {
    const live = fixtureImage('2-after-200-passing');
    const rows = await readFeatureRows(fixtureImage('1-after-bulk-create'), [12, 15]);
    const { image, danglingDependencies } = await applyFeatures(live, rows);
    assert.equal((await checkImage(image, 'integrity_check')).ok, true);
    assert.deepEqual([image[18], image[19]], [1, 1]);
    const { added, removed, changed } = compareFeatures(await readFeatures(live), await readFeatures(image));
    assert.deepEqual([added, removed], [[], []]);
    assert.deepEqual(
      changed.map(({ id, changes }) => [id, changes.map(({ field }) => field)]),
      [
        [12, ['passes']],
        [15, ['passes']],
      ],
    );
    assert.deepEqual(danglingDependencies, []);
  });

  it('restores every value with its type, across encodings and into deleted rows', async () => {
    const table = "c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, name, steps JSON, passes)')";
    const source = makeImage(`${table}
c.executemany('INSERT INTO features VALUES (?,?,?,?)', [(1, b'\\x00\\xff', 1.0, 9007199254740993), (2, 'a\\0b\\u2028\\U0001f600', 5000000000, 5e9), (3, None, '', -1)])`);
    const target = makeImage(
      `c.execute("PRAGMA encoding='UTF-16be'")\n${table}\nc.execute("INSERT INTO features VALUES (1, 'old', 'old', 0)")`,
    );
    const { image } = await applyFeatures(target, await readFeatureRows(source));
    assert.deepEqual(await readFeatureRows(image), await readFeatureRows(source));
  });

  it('fills columns that a newer schema requires, and keeps columns missing from an older backup', async () => {
    const source = makeImage(`
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, priority INTEGER, category TEXT, name TEXT, description TEXT, steps JSON, passes BOOLEAN)')
c.executemany("INSERT INTO features VALUES (?, 1, 'c', 'from backup', 'd', '[]', NULL)", [(1,), (2,)])`);
    const target = makeImage(`
c.execute(FEATURES)
c.execute(INSERT, (1, 1, 'c', 'live', 'd', '[]', 1, 0, None, 1, '"which?"', None))`);
    const { image } = await applyFeatures(target, await readFeatureRows(source));
    const [kept, inserted] = await readFeatures(image);
    assert.deepEqual([kept?.name, kept?.passes, kept?.humanInputRequest], ['from backup', false, '"which?"']);
    assert.deepEqual([inserted?.name, inserted?.inProgress, inserted?.needsHumanInput], ['from backup', false, false]);
  });

  it('keeps columns that only the live database has, whatever their names', async () => {
    const table = 'id INTEGER PRIMARY KEY, name TEXT';
    const inherited = ['constructor', 'toString', '__proto__'].map((name) => `"${name}" TEXT`).join(', ');
    const source = makeImage(`
c.execute('CREATE TABLE features (${table})')
c.executemany("INSERT INTO features VALUES (?, 'new')", [(1,), (2,)])`);
    const target = makeImage(`
c.execute('CREATE TABLE features (${table}, ${inherited})')
c.execute("INSERT INTO features VALUES (1, 'old', 'a', 'b', 'c')")`);
    const { image } = await applyFeatures(target, await readFeatureRows(source));
    const rows = (await readFeatureRows(image)).map(({ values }) => Object.values(values));
    assert.deepEqual(rows, [
      [1n, 'new', 'a', 'b', 'c'],
      [2n, 'new', null, null, null],
    ]);
  });

  it('reports features that then depend on missing ones', async () => {
    const source = makeImage(`
c.execute(FEATURES)
c.execute(INSERT, (5, 1, 'c', 'n', 'd', '[]', 0, 0, '[1, 6, 7]', 0, None, None))
c.execute(INSERT, (6, 1, 'c', 'n', 'd', '[]', 0, 0, '[5]', 0, None, None))`);
    const target = makeImage(
      "c.execute(FEATURES)\nc.execute(INSERT, (1, 1, 'c', 'n', 'd', '[]', 0, 0, None, 0, None, None))",
    );
    const { danglingDependencies } = await applyFeatures(target, await readFeatureRows(source));
    assert.deepEqual(danglingDependencies, [{ id: 5, missing: [7] }]);
  });

  it('keeps all triggers without running them', async () => {
    const target = makeImage(`
c.execute(FEATURES)
c.execute('CREATE TABLE log (id)')
c.execute('CREATE TRIGGER "on ""it" AFTER INSERT ON features BEGIN INSERT INTO log VALUES (new.id); DELETE FROM features; END')`);
    const rows = await readFeatureRows(fixtureImage('1-after-bulk-create'), [1, 2]);
    const { image } = await applyFeatures(target, rows);
    assert.equal((await readFeatures(image)).length, 2);
    assert.ok(image.includes('CREATE TRIGGER "on ""it"'));
  });

  it('changes nothing if one row cannot be written', async () => {
    const target = makeImage(
      "c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, name TEXT UNIQUE)')\nc.execute(\"INSERT INTO features VALUES (1, 'taken')\")",
    );
    const before = Buffer.from(target);
    await assert.rejects(applyFeatures(target, [{ id: 2, values: { name: 'taken' } }]), /UNIQUE/);
    assert.deepEqual(target, before);
  });
});
