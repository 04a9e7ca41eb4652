import assert from 'node:assert/strict';
import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { realPorts } from '../../../core/system/ports.js';
import { takeSnapshot } from '../../../core/snapshot/takeSnapshot.js';
import { runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const FIXTURES = new URL('../../fixtures/', import.meta.url);
const COUNT = `
import sqlite3, sys
c = sqlite3.connect('file:%s?mode=ro&immutable=1' % sys.argv[1], uri=True)
print(c.execute('PRAGMA integrity_check').fetchone()[0], *c.execute(sys.argv[2]).fetchall())
`;

describe("snapshot of AutoForge's own databases", () => {
  const folder = useTemporaryFolder();

  const querySnapshot = async (fixture: string, file: string, query: string): Promise<string> => {
    cpSync(new URL(fixture, FIXTURES), folder.path, { recursive: true });
    const before = readdirSync(folder.path).map((name) => [name, readFileSync(folder.join(name))]);
    const { image } = await takeSnapshot(folder.join(file), realPorts());
    const after = readdirSync(folder.path).map((name) => [name, readFileSync(folder.join(name))]);
    assert.deepEqual(after, before, 'the live files are unchanged');
    writeFileSync(folder.join('image'), image);
    return runPython(COUNT, [folder.join('image'), query]).trim();
  };

  for (const [fixture, total, passing] of [
    ['0-created', 0, 0],
    ['1-after-bulk-create', 598, 0],
    ['2-after-200-passing', 598, 200],
  ] as const) {
    it(`contains all ${String(total)} features of ${fixture}, ${String(passing)} of them passing`, async () => {
      const query = 'SELECT count(*), coalesce(sum(passes), 0) FROM features';
      const result = await querySnapshot(`autoforge-live/${fixture}`, 'features.db', query);
      assert.equal(result, `ok (${String(total)}, ${String(passing)})`);
    });
  }

  it('contains the three projects of the registry', async () => {
    const result = await querySnapshot('autoforge-registry', 'registry.db', 'SELECT name FROM projects ORDER BY name');
    assert.equal(result, "ok ('QR',) ('gone',) ('shop-front',)");
  });
});
