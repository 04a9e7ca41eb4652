import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { listBackups } from '../../../core/engine.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { featureServer } from '../../support/mcp/servers.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('feature-backups connect', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();

  it('shows the changes with --dry-run, and writes nothing', async () => {
    const run = await runCli(['connect', 'claude', '--dry-run'], { cwd: folder.path });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /^--- \/dev\/null\n\+\+\+ b\/\.claude\/settings\.json\n/);
    assert.equal(existsSync(folder.join('.claude')), false);
    assert.equal(existsSync(folder.join('.feature_backups')), false);
  });

  it('puts a configured server behind the tap, and removes the tap again', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 0 });
    const server = await featureServer();
    const text = `{\n  // ours\n  "mcpServers": {"features": {"command": ${JSON.stringify(server.command)}, "args": ${JSON.stringify(server.args)}}}\n}\n`;
    writeFileSync(folder.join('.mcp.json'), text);
    assert.equal((await runCli(['connect', 'mcp'], { cwd: folder.path })).code, 2);
    const run = await runCliJson(['connect', 'mcp', '--server', 'features', '--project', folder.path]);
    assert.deepEqual([run.code, run.document.isChanged], [0, true]);

    const configured = readFileSync(folder.join('.mcp.json'), 'utf8');
    const { mcpServers } = JSON.parse(configured.replace('// ours', '')) as {
      mcpServers: { features: { command: string; args: string[] } };
    };
    const { client, call } = await connectClient(mcpServers.features, { PROJECT_DIR: folder.path });
    await call('feature_mark_passing', { feature_id: 2 });
    await client.close();
    assert.equal((await listBackups(folder.path)).backups.at(-1)?.reason, 'before_mark_passing');

    assert.equal((await runCli(['connect', 'mcp', '--project', folder.path])).code, 0);
    assert.equal(readFileSync(folder.join('.mcp.json'), 'utf8'), configured);
    assert.equal((await runCli(['disconnect', 'mcp', '--yes', '--project', folder.path])).code, 0);
    assert.equal(readFileSync(folder.join('.mcp.json'), 'utf8'), text);
    const again = await runCliJson(['disconnect', 'mcp', '--project', folder.path]);
    assert.deepEqual([again.code, again.document.isChanged], [0, false]);
  });

  it('warns if a server works where no database exists', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 1, passing: 0 });
    const features = { command: 'feature_mcp', env: { PROJECT_DIR: folder.join('other') } };
    writeFileSync(folder.join('.mcp.json'), JSON.stringify({ mcpServers: { features } }));
    const run = await runCli(['connect', 'mcp'], { cwd: folder.path });
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stderr, /warning: The server "features" in \.mcp\.json works in .*other.* no feature database/);
    const { document } = await runCliJson(['connect', 'mcp', '--project', folder.path]);
    assert.equal((document.warnings as readonly string[]).length, 1);
  });

  it('explains wrong usage', async () => {
    assert.equal((await runCli(['connect', 'emacs'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['connect'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['hook'], { cwd: folder.path })).code, 2);
  });
});
