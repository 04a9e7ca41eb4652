import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { connectClient, type ConnectedClient } from '../../support/mcp/mcpClient.js';
import { buildCli, CLI_PATH } from '../../support/runCli.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('our own MCP server', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let connected: ConnectedClient;

  beforeEach(async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 2 });
    buildCli();
    connected = await connectClient(
      { command: process.execPath, args: [CLI_PATH, 'mcp', '--project', folder.path] },
      {},
    );
  });
  afterEach(() => connected.client.close());
  const ask = async (name: string, args = {}): Promise<unknown> => {
    const { text, isError } = await connected.call(name, args);
    assert.equal(isError, false, text);
    return JSON.parse(text);
  };

  it('offers what reads, and one tool that adds; nothing that restores, prunes or deletes', async () => {
    const { tools } = await connected.client.listTools();
    assert.deepEqual(
      tools.map(({ name, annotations }) => [name, annotations?.readOnlyHint]),
      [
        ['backup_status', true],
        ['list_backups', true],
        ['compare_backups', true],
        ['verify_backup', true],
        ['create_backup', false],
      ],
    );
  });

  it('creates, lists, verifies and compares backups', async () => {
    const created = (await ask('create_backup', { reason: 'before something risky' })) as {
      status: string;
      backup: { id: string };
    };
    assert.equal(created.status, 'created');
    assert.match(created.backup.id, /^features_5_\d{8}-\d{6}_before_something_risky$/);
    const listed = (await ask('list_backups', { limit: 1 })) as { total: number; backups: { id: string }[] };
    assert.deepEqual([listed.total, listed.backups[0]?.id], [1, created.backup.id]);
    assert.deepEqual(await ask('verify_backup', { backup: 'latest' }), [
      { id: created.backup.id, ok: true, problems: [] },
    ]);
    const { comparison } = (await ask('compare_backups')) as { comparison: { unchangedCount: number } };
    assert.equal(comparison.unchangedCount, 5);
    const status = (await ask('backup_status')) as { backupCount: number; live: { condition: string } };
    assert.equal(status.backupCount, 1);
    assert.equal(readDatabase(folder.join('features.db')).passing, 2);
  });

  it('says what is wrong as a result that a model can read', async () => {
    const wrong = [
      await connected.call('restore_backup', { backup: 'latest' }),
      await connected.call('verify_backup', { backup: '../../etc/passwd' }),
      await connected.call('list_backups', { limit: -1 }),
      await connected.call('backup_status', { project: folder.join('nothing') }),
    ];
    assert.deepEqual(
      wrong.map(({ isError }) => isError),
      [true, true, true, true],
    );
    assert.deepEqual(readdirSync(folder.path).sort(), ['features.db']);
  });
});
