import assert from 'node:assert/strict';
import nodeFileSystem, { copyFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { verify } from '../../../core/engine.js';
import { realPorts, type FileSystem } from '../../../core/system/ports.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { testProject } from '../../support/testProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('verification of many backups', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  /** The number of times that verifying the store, with its backups, lists the store. */
  const listingsFor = async (count: number, damagedCount = 0): Promise<number> => {
    const project = testProject(folder.join(`${String(count)} backups, ${String(damagedCount)} damaged`));
    makeFeatureDatabase(project.databasePath, { features: 3, passing: 0, journalMode: 'delete' });
    const first = await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
    assert.ok(first.status === 'created');
    const { path } = first.backup;
    const metadata = JSON.parse(readFileSync(path.replace(/db$/, 'json'), 'utf8')) as object;
    for (let index = 1; index < count; index += 1) {
      const copy = path.replace(/_manual\.db$/, `_copy${String(index)}.db`);
      copyFileSync(path, copy);
      if (index <= damagedCount) truncateSync(copy, 100);
      writeFileSync(copy.replace(/db$/, 'json'), JSON.stringify({ ...metadata, sequence: index }));
    }
    let listings = 0;
    const opendirSync: FileSystem['opendirSync'] = (opened, options) => {
      listings += Number(opened === project.storePath);
      return nodeFileSystem.opendirSync(opened, options);
    };
    const ports = { files: { ...nodeFileSystem, opendirSync } };
    const outcomes = await verify(project, undefined, { quarantine: true, ports });
    assert.equal(outcomes.filter(({ ok }) => ok).length, count - damagedCount);
    assert.equal(outcomes.filter(({ quarantined }) => quarantined !== undefined).length, damagedCount);
    return listings;
  };

  it('lists the store as often for 24 backups as for 3', async () => {
    assert.equal(await listingsFor(24), await listingsFor(3));
  });

  it('lists the store as often for 8 damaged backups as for 2', async () => {
    assert.equal(await listingsFor(9, 8), await listingsFor(9, 2));
  });
});
