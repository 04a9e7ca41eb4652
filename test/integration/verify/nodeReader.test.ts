import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { digestFeatures } from '../../../core/database/imageOperations.js';
import { useBundledScript } from '../../support/bundledScript.js';
import type { NodeReading } from '../../support/nodeReaderDriver.js';
import { nodeWithSqlite } from '../../support/otherNode.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe("Node's own SQLite as the second reader of a drill", function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const driver = useBundledScript('nodeReaderDriver.ts');
  let node = '';
  before(async function () {
    if (process.platform !== 'linux') this.skip();
    node = await nodeWithSqlite();
  });

  const path = (): string => folder.join('features.db');
  let select = '';
  beforeEach(async () => {
    makeFeatureDatabase(path(), { features: 40, passing: 3, journalMode: 'delete' });
    ({ select } = await digestFeatures(readFileSync(path())));
  });
  const read = async (changes: object = {}): Promise<NodeReading> => {
    const order = { databasePath: path(), select, limitMs: 60_000, ...changes };
    const { stdout, stderr } = await driver.startOn(node, [order]).ended;
    assert.equal(stderr, '');
    const { name, readings } = JSON.parse(stdout) as {
      readonly name: string;
      readonly readings: readonly NodeReading[];
    };
    assert.deepEqual([name, readings.length], ['node:sqlite', 1]);
    const [reading] = readings;
    assert.ok(reading);
    assert.equal(reading.isOpen, false);
    return reading;
  };

  it('reads every feature as sql.js does', async () => {
    const { digests } = await digestFeatures(readFileSync(path()));
    assert.deepEqual(await read(), {
      problems: [],
      digests: Buffer.from(digests).toString('base64'),
      isOpen: false,
    });
  });

  it("reports what SQLite's check finds, and then reads no features", async () => {
    runPython(DAMAGE_INDEX, [path()]);
    const { problems = [], digests } = await read();
    assert.ok(problems.length > 1 && problems.length <= 8, problems.join('\n'));
    assert.match(problems[0] ?? '', /missing from index|wrong # of entries/);
    assert.equal(digests, '');
  });

  it('reports a file that is not a database', async () => {
    writeFileSync(path(), 'no database\n'.repeat(1000));
    const { problems, digests } = await read();
    assert.deepEqual([problems?.length, digests], [1, '']);
    assert.match(problems?.[0] ?? '', /not a database/);
  });

  it('throws, without reporting damage, if it cannot read the database', async () => {
    const { error } = await read({ select: 'SELECT * FROM no_such_table' });
    assert.deepEqual([error?.code, error?.path], ['io', path()]);
    assert.match(error?.message ?? '', /no such table/);
    const missing = await read({ databasePath: folder.join('none.db') });
    assert.deepEqual([missing.error?.code, missing.error?.path], ['io', folder.join('none.db')]);
  });

  it('stops after its time limit', async () => {
    const { error } = await read({ limitMs: -2000 });
    assert.deepEqual([error?.code, error?.path], ['time-limit', path()]);
    assert.match(error?.message ?? '', /within -2 s/);
  });
});

/** An index that lacks rows of its table. */
const DAMAGE_INDEX = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('PRAGMA writable_schema=1')
row = c.execute("SELECT * FROM sqlite_master WHERE name = 'ix_features_passes'").fetchone()
c.execute("DELETE FROM sqlite_master WHERE name = 'ix_features_passes'")
c.execute('PRAGMA writable_schema=RESET')
for i in range(1001, 1031):
  c.execute("INSERT INTO features SELECT ?, priority, category, name, description, steps, passes, in_progress, dependencies, 0, NULL, NULL FROM features WHERE id = 1", (i,))
c.execute('PRAGMA writable_schema=1')
c.execute('INSERT INTO sqlite_master VALUES (?,?,?,?,?)', row)
c.close()
`;
