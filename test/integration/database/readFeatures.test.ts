import assert from 'node:assert/strict';
import { readFeatureRows, readFeatures } from '../../../core/database/imageOperations.js';
import { fixtureImage, makeImage } from '../../support/madeImage.js';

describe('reading the features of an image', () => {
  it('returns those of a real AutoForge database as typed objects, ordered by id', async () => {
    const features = await readFeatures(fixtureImage('2-after-200-passing'));
    assert.deepEqual(
      features.map(({ id }) => id),
      Array.from({ length: 598 }, (_, index) => index + 1),
    );
    assert.equal(features.filter(({ passes }) => passes).length, 200);
    assert.equal(features[3]?.name, 'Endpoint returns export profile #3');
    assert.equal(features[3].steps.length, 3);
  });

  it('reads unusual names of table and columns, huge text, and NULL or invalid values', async () => {
    const image = makeImage(`
c.execute('CREATE TABLE Features (Name TEXT, "ID" INTEGER PRIMARY KEY, Steps TEXT, passes, "odd ""col" TEXT)')
c.execute('INSERT INTO Features VALUES (?, 3, ?, NULL, NULL)', ('x' * 3000000, '["a"'))
c.execute('INSERT INTO Features VALUES (NULL, 1, NULL, 1, NULL)')`);
    const [first, second] = await readFeatures(image);
    assert.deepEqual([first?.id, first?.name, first?.passes, first?.steps], [1, '', true, []]);
    assert.deepEqual([second?.id, second?.name.length, second?.steps], [3, 3_000_000, ['["a"']]);
  });

  it('refuses a damaged database and one without features, with different codes', async () => {
    const damaged = Buffer.from(fixtureImage('2-after-200-passing'));
    damaged.fill(0, 4096 * 30, 4096 * 31);
    await assert.rejects(readFeatures(damaged), { code: 'database-damaged' });
    await assert.rejects(readFeatures(Buffer.from('text')), { code: 'not-a-database' });
    await assert.rejects(readFeatures(makeImage("c.execute('CREATE TABLE other (id)')")), { code: 'features-missing' });
  });

  it('returns selected rows unconverted, without missing ids', async () => {
    const image = makeImage(`
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, name, passes)')
c.executemany('INSERT INTO features VALUES (?,?,?)', [(1, b'\\x00\\xff', 2.0), (2, 9007199254740993, 'x'), (3, None, 1)])`);
    assert.deepEqual(await readFeatureRows(image, [2, 9, 1]), [
      { id: 1, values: { id: 1n, name: Uint8Array.of(0, 255), passes: 2 } },
      { id: 2, values: { id: 2n, name: 9007199254740993n, passes: 'x' } },
    ]);
    assert.equal((await readFeatureRows(image)).length, 3);
  });
});
