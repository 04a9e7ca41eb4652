import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { describe, it } from 'mocha';
import { compareFeatures, countDifferences } from '../../../core/database/compareFeatures.js';
import { compareImages } from '../../../core/database/compareImages.js';
import { readFeatures } from '../../../core/database/imageOperations.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const PLAIN =
  'CREATE TABLE features (id INTEGER PRIMARY KEY, name TEXT, passes BOOLEAN, steps JSON, dependencies JSON);';
const ROWS = `INSERT INTO features VALUES (1,'a',0,'["x"]',NULL),(2,'b',1,'[]','[1]'),(5,'c',0,'[]','[2, 1]');`;

describe('comparison of two images', () => {
  const folder = useTemporaryFolder();
  const image = (sql: string): Buffer => {
    const path = folder.join('features.db');
    rmSync(path, { force: true });
    execFileSync('sqlite3', ['-batch', path, sql]);
    return readFileSync(path);
  };

  for (const [what, before, after] of [
    ['the same rows', PLAIN + ROWS, PLAIN + ROWS],
    [
      'an added, a removed and a changed row',
      PLAIN + ROWS,
      `${PLAIN + ROWS} DELETE FROM features WHERE id = 2;
      INSERT INTO features VALUES (3,'d',0,'[]',NULL); UPDATE features SET passes = 1, name = 'z' WHERE id = 5;`,
    ],
    ['rows only on one side', PLAIN, PLAIN + ROWS],
    ['rows only on the other side', PLAIN + ROWS, PLAIN],
    [
      'values that differ only as stored',
      PLAIN + ROWS,
      `${PLAIN + ROWS}
      UPDATE features SET dependencies = '[2,1]', passes = 0.0 WHERE id = 5; UPDATE features SET dependencies = 'null' WHERE id = 1;`,
    ],
    [
      'a blob',
      PLAIN + ROWS,
      `${PLAIN + ROWS} UPDATE features SET name = x'61' WHERE id = 1; UPDATE features SET name = x'63' WHERE id = 2;`,
    ],
    ['different columns', PLAIN + ROWS, `${PLAIN + ROWS} ALTER TABLE features ADD COLUMN priority INTEGER DEFAULT 7;`],
    [
      'columns in another order',
      PLAIN + ROWS,
      `CREATE TABLE features (passes BOOLEAN, name TEXT, id INTEGER PRIMARY KEY); INSERT INTO features VALUES (1,'b',2),(0,'a',1);`,
    ],
    [
      'ids that repeat, are missing or are no integers',
      PLAIN + ROWS,
      `CREATE TABLE features (id, name TEXT); INSERT INTO features VALUES (NULL,'n'),(2,'x'),(2,'y'),(2.5,'r'),('5','t'),(x'31','b');`,
    ],
    [
      'negative and very large ids',
      `${PLAIN} INSERT INTO features (id, name) VALUES (-9,'a'),(9007199254740993,'b');`,
      `${PLAIN} INSERT INTO features (id, name) VALUES (-10,'a'),(-9,'c'),(9007199254740992,'b');`,
    ],
    [
      'a schema that is read in a thread of its own',
      PLAIN + ROWS,
      `${PLAIN + ROWS} CREATE VIEW v AS SELECT * FROM features;
      CREATE INDEX i ON features (abs(passes)); DELETE FROM features WHERE id = 1;`,
    ],
  ] as const) {
    it(`finds the same differences as reading all features: ${what}`, async () => {
      const [one, other] = [image(before), image(after)];
      for (const [left, right] of [
        [one, other],
        [other, one],
      ] as const) {
        const expected = compareFeatures(await readFeatures(left), await readFeatures(right));
        assert.deepEqual(await compareImages(left, right), expected);
      }
    });
  }

  it('lists 10,000 differences of a kind, and counts the others', async () => {
    const fill = (from: number, to: number, passes: number): string =>
      `WITH RECURSIVE n(i) AS (VALUES (${String(from)}) UNION ALL SELECT i + 1 FROM n WHERE i < ${String(to)})
       INSERT INTO features (id, name, passes) SELECT i, 'f' || i, ${String(passes)} FROM n;`;
    const before = image(PLAIN + fill(1, 24_000, 0));
    const after = image(PLAIN + fill(11_001, 36_000, 1));
    const comparison = await compareImages(before, after);
    assert.deepEqual(
      [comparison.added.length, comparison.removed.length, comparison.changed.length],
      [10_000, 10_000, 10_000],
    );
    assert.deepEqual(comparison.unlisted, { added: 2000, removed: 1000, changed: 3000 });
    assert.deepEqual(countDifferences(comparison), { added: 12_000, removed: 11_000, changed: 13_000 });
    assert.deepEqual([comparison.failingToPassing, comparison.unchangedCount], [13_000, 0]);
    assert.equal(comparison.added[0]?.id, 24_001);
  });

  it('reports a missing table', async () => {
    const good = image(PLAIN + ROWS);
    await assert.rejects(compareImages(good, image('CREATE TABLE other (id)')), { code: 'features-missing' });
  });
});
