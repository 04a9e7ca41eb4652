import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a backup in a process that has made one before', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const trigger = { source: 'watch', reason: 'change' } as const;

  /** How many files the second backup opens in a store with this many backups. */
  const opensWith = async (count: number): Promise<number> => {
    const project = testProject(folder.join(String(count)), { keepLast: 100_000 });
    makeFeatureDatabase(project.databasePath, { features: 3, passing: 0, journalMode: 'delete' });
    const first = await createBackup(project, trigger, realPorts());
    assert.ok(first.status === 'created');
    const { path } = first.backup;
    const metadata = JSON.parse(readFileSync(path.replace(/db$/, 'json'), 'utf8')) as object;
    for (let index = 1; index < count; index += 1) {
      const copy = path.replace(/_change\.db$/, `_copy${String(index)}.db`);
      copyFileSync(path, copy);
      const sha256 = index.toString(16).padStart(64, '0');
      writeFileSync(copy.replace(/db$/, 'json'), JSON.stringify({ ...metadata, sequence: index, sha256 }, null, 2));
    }
    let opens = 0;
    const openSync: FileSystem['openSync'] = (...args) => {
      opens += 1;
      return nodeFileSystem.openSync(...args);
    };
    const ports = { ...realPorts(), files: { ...nodeFileSystem, openSync } };
    for (const passing of [1, 2]) {
      opens = 0;
      sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${String(passing)}`);
      assert.equal((await createBackup(project, trigger, ports)).status, 'created');
    }
    return opens;
  };

  it('opens as few files among 4,000 backups as among 5', async () => {
    const few = await opensWith(5);
    const many = await opensWith(4000);
    // Metadata of the last milliseconds is read again, because it could change within the same tick of the clock.
    assert.ok(many <= few + 20, `${String(many)} instead of ${String(few)}`);
  });
});
