import assert from 'node:assert/strict';
import { statSync } from 'node:fs';
import { describe, it } from 'mocha';
import { sqlite3 } from '../../support/fixtureProject.js';
import { runMeasured } from '../../support/peakMemory.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the memory of a restore', function () {
  this.timeout(300_000);
  const folder = useTemporaryFolder();

  it('stays below three times the database plus 200 MB, with 300,000 features of which half differ', () => {
    const database = folder.join('shop/.autoforge/features.db');
    const env = { FEATURE_BACKUPS_STATE: folder.join('state'), FEATURE_BACKUPS_VAULT: folder.join('vault') };
    const run = (command: string, ...args: string[]) =>
      runMeasured([command, folder.join('shop'), ...args], folder.path, env);
    makeFeatureDatabase(database, { features: 300_000, passing: 0 });
    assert.equal(run('backup').code, 0);
    sqlite3(database, 'UPDATE features SET passes = 1 WHERE id % 2 = 0; DELETE FROM features WHERE id > 299000');
    const allowedBytes = 3 * statSync(database).size + 200_000_000;
    for (const option of ['--dry-run', '--yes']) {
      const { code, stdout, stderr, peakBytes } = run('restore', 'latest', option);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /1000 added, 149500 changed \(149500 from passing to failing\), 149500 unchanged/);
      assert.ok(peakBytes < allowedBytes, `${option}: ${String(peakBytes)} bytes, ${String(allowedBytes)} allowed`);
    }
    assert.equal(sqlite3(database, 'SELECT count(*), sum(passes) FROM features'), '300000|0');
  });
});
