import assert from 'node:assert/strict';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'mocha';
import { openDeletedProject } from '../../../core/vault/openDeletedProject.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY] = ['shop-00000001', 'shop-00000002'];

describe('a deleted project', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const other = () => folder.join('projects', 'never recorded');
  const open = async (folders: readonly string[] = [recorded.project.root], overrides = {}) =>
    await openDeletedProject(folders, recorded.ports(), overrides);

  for (const [what, name] of [
    ['a copy', 'features_1_20260125-144600_a.db.gz'],
    ['a link to a backup', 'features_1_20260125-144600_a.db'],
    ['a segment of the history', 'history-000001-20260125-120000.fbh'],
  ] as const) {
    it(`is opened if the vault contains ${what}`, async () => {
      recorded.record(KEY, OLD_KEY);
      assert.equal(await open(), undefined);
      recorded.putInVault(OLD_KEY, 'project.json');
      assert.equal(await open(), undefined);
      recorded.putInVault(OLD_KEY, name);
      const opened = await open([other(), recorded.project.root]);
      const { root, databasePath, storePath } = recorded.project;
      assert.deepEqual([opened?.root, opened?.databasePath, opened?.storePath], [root, databasePath, storePath]);
    });
  }

  it('is not opened without a record, or if the vault is turned off', async () => {
    recorded.putInVault(KEY, 'features_1_20260125-144600_a.db.gz');
    assert.equal(await open(), undefined);
    assert.equal(await open([]), undefined);
    recorded.record(KEY);
    assert.notEqual(await open(), undefined);
    const path = folder.join('home', '.config', 'feature-backups', 'config.json');
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify({ vault: false }));
    assert.equal(await open(), undefined);
  });

  it('is opened through a link to its former folder', async () => {
    recorded.record(KEY);
    recorded.putInVault(KEY, 'features_1_20260125-144600_a.db.gz');
    mkdirSync(join(recorded.project.root, '..'), { recursive: true });
    symlinkSync(recorded.project.root, folder.join('link'));
    assert.equal((await open([folder.join('link')]))?.root, recorded.project.root);
  });
});
