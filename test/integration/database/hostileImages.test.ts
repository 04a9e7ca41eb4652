import assert from 'node:assert/strict';
import { inspectImage, readFeatures } from '../../../core/database/imageOperations.js';
import { salvageFeatures } from '../../../core/database/salvage/salvageFeatures.js';
import { findSchemaHazard } from '../../../core/database/schemaHazard.js';
import { isSqlEngineDisabled } from '../../../core/database/sqlEngine.js';
import { fixtureImage, makeImage } from '../../support/madeImage.js';

describe('a hostile image', () => {
  it('with an endless index expression times out', async () => {
    const image = makeImage(`${rows(2000)}
c.execute('CREATE INDEX slow ON features (id) WHERE id < 0')
c.execute('PRAGMA writable_schema=ON')
c.execute("UPDATE sqlite_master SET sql = 'CREATE INDEX slow ON features (id) WHERE length(replace(hex(zeroblob(30000000 + id)), ''0'', ''ab'')) < 0' WHERE name = 'slow'")`);
    await assert.rejects(inspectImage(image, 'integrity_check', 1000), { code: 'time-limit' });
    assert.equal((await inspectImage(image, 'quick_check')).counts?.total, 2000);
  });

  it('with an endless CHECK constraint is counted', async () => {
    const image = makeImage(`${rows(3000)}
c.execute('PRAGMA writable_schema=ON')
c.execute("UPDATE sqlite_master SET sql = substr(sql, 1, length(sql) - 1) || ', CHECK (length(replace(hex(zeroblob(30000000 + id)), ''0'', ''ab'')) > 0))'")`);
    const { check, counts } = await inspectImage(image, 'integrity_check', 5000);
    assert.deepEqual([check.ok, counts?.total], [true, 3000]);
  });

  it('with an endless view or a virtual table as features has no feature table', async () => {
    const view =
      'CREATE VIEW features AS WITH RECURSIVE r(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM r) SELECT id, id AS name FROM r';
    for (const sql of [view, 'CREATE VIRTUAL TABLE features USING fts3(id, name, passes)']) {
      const image = makeImage(`c.execute('${sql}')`);
      assert.equal((await inspectImage(image, 'integrity_check')).shape, 'no-table');
      await assert.rejects(readFeatures(image), { code: 'features-missing' });
    }
  });

  it('with pages that share children, 300 ways in each of 18 levels, is found damaged at once', async () => {
    const image = makeImage(sharedChildren(1));
    const { check } = await inspectImage(image, 'quick_check', 5000);
    assert.match(check.problems.join(), /2nd reference/);
    await assert.rejects(readFeatures(image), { code: 'database-damaged' });
    assert.equal((await salvageFeatures(image)).features.length, 0);
  });

  it('with such a schema is not opened in this thread', async () => {
    const image = makeImage(sharedChildren(0));
    assert.equal(findSchemaHazard(image), 'a damaged schema');
    assert.equal((await inspectImage(image, 'quick_check', 5000)).check.ok, false);
  });

  it('with a chain of 20,000 levels is found damaged', async () => {
    const image = makeImage(`
c.execute('PRAGMA page_size=512')
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, name)')
c.close()
pages = [open(path, 'rb').read()[:512]]
for level in range(20000):
  p = bytearray(512)
  p[0] = 5; p[3:5] = struct.pack('>H', 1); p[5:7] = p[12:14] = struct.pack('>H', 507)
  p[507:512] = struct.pack('>I', 3 + level) + bytes([1]); p[8:12] = struct.pack('>I', 3 + level)
  pages.append(bytes(p))
b = bytearray(b''.join(pages) + bytes([13]) + bytes(511))
b[28:32] = struct.pack('>I', len(b) // 512)
open(path, 'wb').write(b)`);
    assert.equal((await inspectImage(image, 'quick_check')).check.ok, false);
    assert.equal((await salvageFeatures(image)).features.length, 0);
  });

  it('with rows that share a long overflow chain does not read the chain for every row', async () => {
    const image = makeImage(`
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, priority, category, name, description, steps, passes)')
c.execute('INSERT INTO features VALUES (1, 1, ?, ?, ?, ?, 0)', ['c', 'n', 'x' * 2000200, '[]'])
c.close()
b = bytearray(open(path, 'rb').read())
at = struct.unpack('>H', b[4096+8:4096+10])[0]
cell = bytes(b[4096+at:8192]); start = 3
first = len(b) // 4096 + 1
for page in range(15):
  p = bytearray(4096); p[0] = 13; n = min(8, 4088 // (len(cell) + 2)); to = 4096
  p[3:5] = struct.pack('>H', n)
  for i in range(n):
    to -= len(cell); p[to:to+len(cell)] = cell; p[to+start] = page * 8 + i + 1; p[8+2*i:10+2*i] = struct.pack('>H', to)
  p[5:7] = struct.pack('>H', to)
  b += p
p = bytearray(4096); p[0] = 5; p[3:5] = struct.pack('>H', 14); to = 4096
for i in range(14):
  to -= 5; p[to:to+5] = struct.pack('>I', first + i) + bytes([i * 8 + 8]); p[12+2*i:14+2*i] = struct.pack('>H', to)
p[5:7] = struct.pack('>H', to); p[8:12] = struct.pack('>I', first + 14)
b[4096:8192] = p
b[28:32] = struct.pack('>I', len(b) // 4096)
open(path, 'wb').write(b)`);
    const { features } = await salvageFeatures(image);
    assert.ok(features.length >= 1 && features.length <= 4, String(features.length));
  });

  it('does not break the engine', async () => {
    assert.equal(isSqlEngineDisabled(), false);
    assert.equal((await inspectImage(fixtureImage('2-after-200-passing'), 'integrity_check')).counts?.passing, 200);
  });
});

describe('a schema', () => {
  it('is plain if AutoForge created it, even with unusual names of index and columns', () => {
    assert.equal(findSchemaHazard(fixtureImage('2-after-200-passing')), undefined);
    const odd = makeImage(`
c.execute('CREATE TABLE "t ""1" (a UNIQUE, [b c] TEXT)')
c.execute('CREATE UNIQUE INDEX IF NOT EXISTS i ON "t ""1" ([b c] COLLATE NOCASE DESC, a)')`);
    assert.ok([undefined, 'index i'].includes(findSchemaHazard(odd)));
  });

  it('is hazardous if a check could evaluate an expression', () => {
    const hazards = [
      'CREATE INDEX i ON t (lower(a))',
      'CREATE INDEX i ON t (a) WHERE a > 1',
      'CREATE INDEX i ON t (a /* x */)',
      'CREATE TABLE g (a, b GENERATED ALWAYS AS (a + 1))',
      'CREATE TABLE g (a, b as(a))',
      'CREATE VIRTUAL TABLE g USING fts3(a)',
    ];
    for (const sql of hazards) {
      const image = makeImage(`c.execute('CREATE TABLE t (a)')\nc.execute('${sql}')`);
      assert.notEqual(findSchemaHazard(image), undefined, sql);
    }
  });
});

function rows(count: number): string {
  return `
c.execute(FEATURES)
c.execute('BEGIN')
c.executemany(INSERT, ((i, i, 'c', 'n', 'd', '[]', 0, 0, None, 0, None, None) for i in range(1, ${count} + 1)))
c.execute('COMMIT')`;
}

/** From this page on, each page refers to the next one 300 times. */
function sharedChildren(from: number): string {
  return `
c.execute('CREATE TABLE features (id INTEGER PRIMARY KEY, name)')
c.close()
b = bytearray(open(path, 'rb').read())
def interior(child, off):
  p = bytearray(4096); p[off] = 5; p[off+3:off+5] = struct.pack('>H', 300); at = 4096
  for i in range(300):
    at -= 5; p[at:at+5] = struct.pack('>I', child) + bytes([1]); p[off+12+2*i:off+14+2*i] = struct.pack('>H', at)
  p[off+5:off+7] = struct.pack('>H', at); p[off+8:off+12] = struct.pack('>I', child)
  return p
for level in range(${from}, 18):
  off = 100 if level == 0 else 0
  b[level*4096+off:(level+1)*4096] = interior(level + 2, off)[off:]
leaf = bytearray(4096); leaf[0] = 13; leaf[5] = 16
b[18*4096:] = leaf
b[28:32] = struct.pack('>I', 19)
open(path, 'wb').write(b)`;
}
