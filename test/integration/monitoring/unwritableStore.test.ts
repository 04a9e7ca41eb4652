import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { sqlite3 } from '../../support/fixtureProject.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a store that its user cannot write', () => {
  const folder = useTemporaryFolder();

  it('is critical after the second failed backup, and resolved by the next successful one', async function () {
    if (!canRunAsOtherUser()) this.skip();
    const root = folder.join('shop');
    const database = join(root, 'features.db');
    makeFeatureDatabase(database, { features: 20, passing: 1, journalMode: 'delete' });
    mkdirSync(folder.join('state'));
    chmodSync(folder.path, 0o755);
    giveToOtherUser(folder.join('state'));
    assert.equal((await runCli(['backup', root])).code, 0);
    sqlite3(database, 'UPDATE features SET passes = 1');
    giveToOtherUser(root);
    const store = join(root, '.feature_backups');
    chownSync(store, 0, 0);
    chmodSync(store, 0o755);

    const asOwner = (...args: readonly string[]) =>
      runCliAsOtherUser(args, { cwd: root, env: { FEATURE_BACKUPS_STATE: folder.join('state') } });
    const before = asOwner('check');
    assert.deepEqual(
      [before.code, before.stdout.includes('WARNING - shop: No backup can be made: ')],
      [1, true],
      before.stdout,
    );
    assert.equal((await runCli(['check', root])).code, 0, 'another user does not make the backups');
    assert.equal(asOwner('backup').code, 1);
    assert.doesNotMatch(asOwner('check').stdout, /Backups have failed/);
    assert.equal(asOwner('backup').code, 1);
    const critical = asOwner('check');
    assert.equal(critical.code, 2);
    assert.match(
      critical.stdout,
      /CRITICAL - .*Backups have failed since .*permission denied.*belongs to root.*sudo chown/i,
    );

    giveToOtherUser(store);
    assert.equal(asOwner('backup').code, 0);
    assert.equal(asOwner('check').code, 0);
  });
});
