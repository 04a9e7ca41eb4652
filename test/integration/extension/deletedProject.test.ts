import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { readDeletedProject } from '../../../extension/engine/deletedProject.js';
import { survey } from '../../../extension/engine/survey.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, passOneMore, VaultHome } from '../../support/vaultHome.js';

describe('a deleted project in the editor', () => {
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  it('is read from the vault only if neither its database nor its store is left', async () => {
    const root = home.make('shop');
    const ports = home.ports();
    const known = { root, name: 'shop', origins: ['recorded'] } as const;
    assert.equal(await readDeletedProject(root, { ports }), undefined);
    const ids = [await backUpChanged(root, ports)];
    passOneMore(root);
    ids.unshift(await backUpChanged(root, ports));
    assert.equal(await readDeletedProject(root, { ports }), undefined);
    assert.equal((await survey({ known: { ...known, status: 'present' } }, { ports })).vaultCount, 0);
    for (const name of ['features.db', '.feature_backups', '.']) {
      rmSync(join(root, name), { recursive: true });
      const deleted = await readDeletedProject(root, { ports });
      if (name === 'features.db') {
        assert.equal(deleted, undefined);
        continue;
      }
      assert.deepEqual([deleted?.root, deleted?.backups.map(({ id }) => id), deleted?.lastGoodId], [root, ids, ids[0]]);
      const status = name === '.' ? 'gone' : 'no-database';
      assert.equal((await survey({ known: { ...known, status } }, { ports })).vaultCount, 2);
    }
  });

  it('is nothing in a folder without one', async () => {
    const ports = home.ports();
    const root = home.path('never');
    assert.equal(await readDeletedProject(root, { ports }), undefined);
    const known = { root, name: 'never', origins: ['registry'], status: 'gone' } as const;
    assert.equal((await survey({ known }, { ports })).vaultCount, 0);
  });
});
