import assert from 'node:assert/strict';
import { listBackups } from '../../../core/engine.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { behindTap, featureServer } from '../../support/mcp/servers.js';
import { proveBackups } from '../../support/mcp/wholeBackups.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('eight taps at once on one database', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();

  it('back up before every write, lose nothing, and store no state twice', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 80, passing: 0 });
    const tap = behindTap(await featureServer(), '--on-failure', 'block');
    await Promise.all(
      Array.from({ length: 8 }, async (_, agent) => {
        const { client, call } = await connectClient(tap, { PROJECT_DIR: folder.path });
        for (let n = 1; n <= 10; n++) {
          const result = await call('feature_mark_passing', { feature_id: agent * 10 + n });
          assert.equal(result.isError, false, result.text);
        }
        await client.close();
      }),
    );
    assert.equal(readDatabase(folder.join('features.db')).passing, 80);
    const { backups, newest } = await listBackups(folder.path);
    assert.equal(newest?.counts.passing, 80);
    const hashes = backups.map(({ metadata }) => metadata?.sha256);
    assert.equal(new Set(hashes).size, hashes.length);
    assert.equal(proveBackups(folder.path), backups.length);
  });
});
