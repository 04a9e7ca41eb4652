import assert from 'node:assert/strict';
import { applyFeatures, readFeatureRows, readFeatures } from '../../../core/database/imageOperations.js';
import { salvageFeatures } from '../../../core/database/salvage/salvageFeatures.js';
import { salvageFromPages } from '../../../core/database/salvage/salvageFromPages.js';
import type { SalvageResult } from '../../../core/database/salvage/salvagedFeature.js';
import type { Feature } from '../../../core/database/feature.js';
import { fixtureImage, makeImage } from '../../support/madeImage.js';

const PAGE = 4096;
let image: Buffer;
let original: ReadonlyMap<number, Feature>;
/** The page of each feature. */
let pageOf: ReadonlyMap<number, number>;

before(async () => {
  image = fixtureImage('2-after-200-passing');
  original = new Map((await readFeatures(image)).map((feature) => [feature.id, feature]));
  pageOf = new Map(salvageFromPages(image).features.map(({ row, pageNumber }) => [row.id, pageNumber ?? 0]));
});

describe('salvaging features', () => {
  it('reads a sound database with SQLite', async () => {
    const salvaged = await salvageFeatures(image);
    assert.deepEqual(new Set(salvaged.features.map(({ method }) => method)), new Set(['sql']));
    assert.deepEqual(featuresOf(salvaged), [...original.values()]);
  });

  for (const pageSize of [512, 1024, 8192, 32768, 65536]) {
    for (const encoding of ['UTF-8', 'UTF-16le', 'UTF-16be']) {
      it(`reads pages of ${pageSize} bytes in ${encoding} as SQLite does, long texts and all kinds of numbers included`, async () => {
        const made = makeImage(`
c.execute('PRAGMA page_size=${pageSize}')
c.execute("PRAGMA encoding='${encoding}'")
c.execute(FEATURES)
import random
random.seed(7)
for i in range(1, 200):
  c.execute(INSERT, (i * 37, random.choice([0, 1, -1, 127, -129, 70000, -9000000, 2**40, -2**50, None and 1 or 3]), 'c', 'Näme \\U0001f600 %d' % i, 'd' * random.choice([0, 10, 400, 3000, 90000]), '["s"]', i % 2, 0, '[1]', 0, None, None))`);
        assert.deepEqual(
          salvageFromPages(made).features.map(({ row }) => row),
          await readFeatureRows(made),
        );
      });
    }
  }

  it('works without the first page, by the types of the rows and assumed page sizes', async () => {
    for (const damage of ['zeros', 'text', 'gone']) {
      const damaged = damage === 'gone' ? Buffer.alloc(image.length) : Buffer.from(image);
      if (damage === 'zeros') damaged.fill(0, 0, PAGE);
      if (damage === 'text') damaged.fill('lorem ipsum ', 0, PAGE);
      const salvaged = await salvageFeatures(damaged);
      assert.deepEqual(featuresOf(salvaged), damage === 'gone' ? [] : [...original.values()], damage);
      assert.equal(salvaged.columns, 'assumed');
    }
  });

  it('reads columns named like a property of every object', () => {
    const made = makeImage(`
columns = 'id INTEGER PRIMARY KEY, priority INTEGER, category TEXT, name TEXT, description TEXT, steps TEXT, passes'
c.execute('CREATE TABLE features (' + columns + ', "constructor" TEXT, "__proto__" TEXT)')
c.executemany("INSERT INTO features VALUES (?, 1, 'c', 'n', 'd', '[]', 0, 'x', 'y')", [(i,) for i in range(1, 40)])`);
    const { features } = salvageFromPages(made);
    assert.deepEqual([features.length, features[0]?.row.values.constructor], [39, 'x']);
  });

  it('works without the root of the table', async () => {
    const damaged = Buffer.from(image);
    damaged.fill(0, PAGE, 2 * PAGE);
    const salvaged = await salvageFeatures(damaged);
    assert.deepEqual(featuresOf(salvaged), [...original.values()]);
    assert.deepEqual([salvaged.columns, salvaged.unreadablePages], ['schema', [2]]);
  });

  it('works with a wrong page size in the header', async () => {
    const damaged = Buffer.from(image);
    damaged.writeUInt16BE(512, 16);
    assert.deepEqual(featuresOf(await salvageFeatures(damaged)), [...original.values()]);
  });

  it('does not return deleted features if the tree is sound, even without the freelist', async () => {
    const damaged = withDeletedFeatures();
    damaged.fill(0, 32, 40);
    assert.deepEqual(idsOf(await salvageFeatures(damaged)), firstIds(20));
  });

  it('does not return deleted features from free pages when scanning all pages', async () => {
    const damaged = withDeletedFeatures();
    // Without the root, leaves are found by their format, and free pages have the same format.
    damaged.fill(0, PAGE, 2 * PAGE);
    assert.deepEqual(idsOf(await salvageFeatures(damaged)), firstIds(20));
  });

  it('returns rows that can be applied to a backup', async () => {
    const damaged = Buffer.from(image);
    damaged.fill(0, 0, PAGE);
    const { features } = await salvageFeatures(damaged);
    const merged = await applyFeatures(
      fixtureImage('1-after-bulk-create'),
      features.map(({ row }) => row),
    );
    assert.deepEqual(await readFeatures(merged.image), [...original.values()]);
  });

  it('finds nothing in other files, and does not throw', async () => {
    for (const bytes of [Buffer.alloc(0), Buffer.from('x'), Buffer.from('hello '.repeat(10_000)), noise(100_000, 5)]) {
      assert.deepEqual((await salvageFeatures(bytes)).features, []);
    }
  });
});

describe('salvaging after random damage', () => {
  for (let seed = 1; seed <= 40; seed += 1) {
    it(`returns every row on undamaged pages, and no invalid one (seed ${seed})`, async () => {
      const { damaged, touched } = damage(seed);
      const salvaged = await salvageFeatures(damaged);
      const found = new Map(salvaged.features.map(({ feature, pageNumber }) => [feature.id, { feature, pageNumber }]));
      const untouched = [...pageOf].filter(([, page]) => !touched.has(page));
      assert.ok(untouched.length > 0, 'some pages are left');
      for (const [id, page] of untouched) {
        assert.deepEqual(found.get(id)?.feature, original.get(id), `feature ${id} of page ${page}`);
      }
      for (const [id, { pageNumber }] of found) {
        assert.ok(original.has(id) || touched.has(pageNumber ?? 0), `feature ${id} on page ${pageNumber ?? 0}`);
      }
      assert.ok([...found.keys()].filter((id) => !original.has(id)).length <= MAX_ALTERED_IDS);
    });
  }
});

/** A flipped bit can turn one id into another on the same page. Only a checksum could detect that. */
const MAX_ALTERED_IDS = 2;

interface Damage {
  readonly damaged: Buffer;
  readonly touched: ReadonlySet<number>;
}

/** Zeroed, overwritten and bit-flipped pages, and sometimes a truncated end. */
function damage(seed: number): Damage {
  const random = randomNumbers(seed);
  const touched = new Set<number>();
  let damaged = Buffer.from(image);
  const pageCount = damaged.length / PAGE;
  for (let count = 1 + random(12); count > 0; count -= 1) {
    const page = 1 + random(random(3) === 0 ? 3 : pageCount);
    touched.add(page);
    const start = (page - 1) * PAGE;
    const kind = random(4);
    if (kind === 0) damaged.fill(0, start, start + PAGE);
    if (kind === 1) damaged.fill('some text ', start + random(PAGE / 2), start + PAGE);
    if (kind === 2) noise(PAGE, seed).copy(damaged, start);
    if (kind === 3)
      for (let flips = 1 + random(9); flips > 0; flips -= 1) flip(damaged, start + random(PAGE), random(8));
  }
  if (random(4) === 0) {
    const length = random(damaged.length);
    for (let page = Math.ceil((length + 1) / PAGE); page <= pageCount; page += 1) touched.add(page);
    damaged = damaged.subarray(0, length);
  }
  return { damaged, touched };
}

function flip(bytes: Buffer, at: number, bit: number): void {
  bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
}

function noise(length: number, seed: number): Buffer {
  const random = randomNumbers(seed);
  return Buffer.from(Array.from({ length }, () => random(256)));
}

/** The same numbers for the same seed (mulberry32). */
function randomNumbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** 20 features, and free pages that still contain 299 deleted ones. */
function withDeletedFeatures(): Buffer {
  return makeImage(`
rows = [(i, i, 'c', 'n', 'd' * 500, '[]', 0, 0, None, 0, None, None) for i in range(1, 300)]
c.execute('PRAGMA secure_delete=OFF')
c.execute(FEATURES)
c.execute('BEGIN')
c.executemany(INSERT, rows)
c.execute('COMMIT')
c.execute('DELETE FROM features')
c.executemany(INSERT, rows[:20])`);
}

function firstIds(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}

function idsOf(salvaged: SalvageResult): readonly number[] {
  return salvaged.features.map(({ row }) => row.id);
}

function featuresOf(salvaged: SalvageResult): readonly Feature[] {
  return salvaged.features.map(({ feature }) => feature);
}
