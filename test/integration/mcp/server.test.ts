import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { connectClient, type ConnectedClient } from '../../support/mcp/mcpClient.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { buildCli, CLI_PATH } from '../../support/runCli.js';
import { makeFeatureDatabase, readDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the MCP server', function () {
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

  it('offers reading tools and create_backup, but none that restores, prunes or deletes', async () => {
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
    assert.deepEqual(await ask('verify_backup', { backup: 'latest' }), {
      backups: [{ id: created.backup.id, ok: true, problems: [] }],
    });
    const { comparison } = (await ask('compare_backups')) as { comparison: { unchangedCount: number } };
    assert.equal(comparison.unchangedCount, 5);
    const status = (await ask('backup_status')) as { backupCount: number; live: { condition: string } };
    assert.equal(status.backupCount, 1);
    assert.equal(readDatabase(folder.join('features.db')).passing, 2);
  });

  it('reports errors as results that a model can read', async () => {
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

const INHERITED = ['constructor', '__proto__', 'toString', 'valueOf', 'hasOwnProperty', '__defineGetter__'];
const SECRETS = ['HOOK_SECRET_NAME', 'hooks.invalid', 'notifications', 'keepLast'];

describe('the MCP server and the user’s other projects', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let projects: KnownProjects;
  let connected: ConnectedClient;

  beforeEach(async () => {
    projects = new KnownProjects(folder);
    for (const name of ['own', 'registered', 'configured', 'foreign']) projects.make(name);
    projects.register('registered');
    projects.configure({
      projects: [projects.path('configured')],
      notifications: {
        webhooks: [{ urlVariable: 'HOOK_SECRET_NAME' }, { url: 'https://hooks.invalid/path' }],
      },
    });
    buildCli();
    connected = await connectClient(
      { command: process.execPath, args: [CLI_PATH, 'mcp', '--project', projects.path('own')] },
      projects.environment,
    );
  });

  it('names no command line to a model, but refers to the user', async () => {
    const store = join(projects.path('own'), '.feature_backups');
    mkdirSync(store);
    writeFileSync(join(store, 'features_1_20260125-120000_x.db'), '');
    rmSync(projects.database('own'));
    const { text, isError } = await connected.call('compare_backups', { from: 'last-good' });
    assert.equal(isError, true);
    assert.doesNotMatch(text, /feature-backups [a-z]|--[a-z]/);
    assert.match(text, /Tell the user/);
  });

  it('refuses unknown arguments, which would otherwise be replaced by defaults', async () => {
    const { tools } = await connected.client.listTools();
    for (const { name, inputSchema } of tools) {
      assert.equal(inputSchema.additionalProperties, false, name);
      const { text, isError } = await connected.call(name, { id: 'latest' });
      assert.equal(isError, true, name);
      assert.match(text, /Unknown argument: id\..*The arguments of \w+ are project/s);
    }
  });

  it('has no tool with an inherited property name', async () => {
    for (const name of INHERITED) {
      const { text, isError } = await connected.call(name);
      assert.ok(isError, name);
      assert.deepEqual(JSON.parse(text), { error: { code: 'usage', message: `Unknown tool: ${name}.` } });
    }
  });

  it('never returns the configuration', async () => {
    for (const name of [
      'backup_status',
      'create_backup',
      'list_backups',
      'verify_backup',
      'compare_backups',
      ...INHERITED,
    ]) {
      const { text } = await connected.call(name);
      for (const secret of SECRETS) assert.ok(!text.includes(secret), `${name}: ${text}`);
    }
  });

  it('opens projects of the registry and the configuration, by folder or database', async () => {
    const linked = folder.join('linked');
    symlinkSync(projects.path('registered'), linked);
    const known = ['own', 'registered', 'configured'].flatMap((name) => [projects.path(name), projects.database(name)]);
    for (const project of [...known, linked]) {
      const { text, isError } = await connected.call('backup_status', { project });
      assert.ok(!isError, text);
    }
    const { isError } = await connected.call('create_backup', { project: projects.path('configured') });
    assert.ok(!isError && existsSync(join(projects.path('configured'), '.feature_backups')));
  });

  it('refuses any other project, with a hint for the user', async () => {
    const paths = [
      projects.path('foreign'),
      projects.database('foreign'),
      folder.join('nothing'),
      join(projects.path('own'), '..'),
    ];
    for (const project of paths) {
      for (const name of ['create_backup', 'backup_status', 'list_backups', 'verify_backup', 'compare_backups']) {
        const { text, isError } = await connected.call(name, { project });
        assert.ok(isError, text);
        const { error } = JSON.parse(text) as { error: { code: string; hint: string } };
        assert.equal(error.code, 'project-not-found');
        assert.match(error.hint, /VS Code.*start a server for it/);
      }
    }
    assert.deepEqual(readdirSync(projects.path('foreign')), ['features.db']);
  });
});
