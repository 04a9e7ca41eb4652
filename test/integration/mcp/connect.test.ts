import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { listBackups } from '../../../core/engine.js';
import { makeRepository } from '../../support/gitRepository.js';
import { connectClient } from '../../support/mcp/mcpClient.js';
import { featureServer } from '../../support/mcp/servers.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { bareEnvironment, runCli, runCliJson } from '../../support/runCli.js';
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

  it('starts the tap and the hook with another Node.js if the recorded one is gone, and without NODE_OPTIONS', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 0 });
    const server = await featureServer();
    writeFileSync(folder.join('.mcp.json'), JSON.stringify({ mcpServers: { features: server } }));
    await runCli(['connect', 'mcp', '--server', 'features'], { cwd: folder.path });
    await runCli(['connect', 'claude'], { cwd: folder.path });
    const goneNode = (file: string): string =>
      readFileSync(folder.join(file), 'utf8').replace(/[^"\\]*\/node(?=\\?")/, '/gone/22.1.0/bin/node');
    const { mcpServers } = JSON.parse(goneNode('.mcp.json')) as {
      mcpServers: { features: { command: string; args: string[] } };
    };
    assert.ok(mcpServers.features.args.includes('/gone/22.1.0/bin/node'), mcpServers.features.args.join(' '));

    // Records the programs that it is loaded into, and would break the protocol of any of them.
    const preload = folder.join('preload.cjs');
    const loaded = folder.join('loaded');
    writeFileSync(preload, `require('node:fs').appendFileSync(${JSON.stringify(loaded)}, process.argv[1] + '\\n')`);
    const environment = { PROJECT_DIR: folder.path, NODE_OPTIONS: `--require=${preload}` };
    const { client, call } = await connectClient(mcpServers.features, environment);
    await call('feature_mark_passing', { feature_id: 2 });
    await client.close();
    assert.equal((await listBackups(folder.path)).backups.at(-1)?.reason, 'before_mark_passing');
    const programs = new Set(readFileSync(loaded, 'utf8').trimEnd().split('\n'));
    assert.deepEqual([...programs], [server.args.at(-1)]);

    const { hooks } = JSON.parse(goneNode('.claude/settings.json')) as {
      hooks: { PreToolUse: { hooks: { command: string }[] }[] };
    };
    const command = hooks.PreToolUse[0]?.hooks[0]?.command ?? '';
    assert.match(command, /"\/gone\/22\.1\.0\/bin\/node"/);
    const event = {
      hook_event_name: 'PreToolUse',
      tool_name: 'Bash',
      tool_input: { command: './reset' },
      cwd: folder.path,
    };
    const hook = spawnSync('sh', ['-c', command], {
      cwd: folder.path,
      env: bareEnvironment({ NODE_OPTIONS: '--require=/gone/preload.cjs' }),
      encoding: 'utf8',
      input: JSON.stringify(event),
    });
    assert.deepEqual([hook.status, hook.stdout, hook.stderr], [0, '', '']);
    const [newest] = (await listBackups(folder.path)).backups;
    assert.equal(newest?.metadata?.events.at(-1)?.reason, 'before_shell_command');
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

  it('adds the hook to project, personal or user settings, and removes it from all', async () => {
    const options = { cwd: folder.path, env: { HOME: folder.join('home') } };
    const FILES = {
      project: '.claude/settings.json',
      local: '.claude/settings.local.json',
      user: 'home/.claude/settings.json',
    };
    for (const [scope, file] of Object.entries(FILES)) {
      const run = await runCli(['connect', 'claude', '--scope', scope], options);
      assert.deepEqual([run.code, run.stderr], [0, '']);
      assert.match(run.stdout, /Claude Code is connected; restart running agents\. Changed:\n/);
      assert.ok(run.stdout.includes(`\n  ${folder.join(file)}\n`), run.stdout);
      assert.match(readFileSync(folder.join(file), 'utf8'), /launch\.sh.* hook claude/);
    }
    const again = await runCli(['connect', 'claude'], options);
    assert.match(again.stdout, /^Claude Code is already connected; nothing to do\.\n/);
    for (const file of Object.values(FILES))
      assert.ok(again.stdout.includes(`\n  ${folder.join(file)}\n`), again.stdout);

    await runCli(['disconnect', 'claude', '--yes', '--scope', 'local'], options);
    assert.deepEqual(
      Object.values(FILES).map((file) => existsSync(folder.join(file))),
      [true, false, true],
    );
    const { document } = await runCliJson(['disconnect', 'claude', '--yes'], options);
    assert.deepEqual(document.files, [folder.join(FILES.project), folder.join(FILES.user)]);
    assert.deepEqual(
      Object.values(FILES).map((file) => existsSync(folder.join(file))),
      [false, false, false],
    );
  });

  it('chooses settings that git does not share, and offers others', async () => {
    const repository = makeRepository(folder.join('repo'));
    repository.commit('.claude/settings.json', '{}');
    const options = { cwd: repository.path, env: { HOME: folder.join('home') } };
    const personal = await runCli(['connect', 'claude', '--dry-run'], options);
    assert.match(personal.stdout, /^\+\+\+ b\/\.claude\/settings\.local\.json$/m);
    assert.match(personal.stdout, /To choose another file, use --scope project, local or user\./);
    assert.match(personal.stdout, /AutoForge’s agents read only \.claude\/settings\.json, so they are not connected\./);
    makeFeatureDatabase(folder.join('repo/.autoforge/features.db'), { features: 1, passing: 0 });
    const shared = await runCliJson(['connect', 'claude'], options);
    assert.deepEqual(shared.document.files, [folder.join('repo/.claude/settings.json')]);
    assert.match(
      String(shared.document.notes),
      /git tracks \.claude\/settings\.json: anyone who pulls it gets this hook/,
    );
  });

  it('is not connected where hooks are disabled', async () => {
    writeFileSync(folder.join('settings.json'), '{"disableAllHooks": true}');
    const options = { cwd: folder.path, env: { CLAUDE_CONFIG_DIR: folder.path } };
    for (const sentence of [
      /^Claude Code does not run the hook yet\. Changed:$/m,
      /^Claude Code does not run the hook; nothing was changed\.$/m,
    ]) {
      const run = await runCli(['connect', 'claude'], options);
      assert.match(run.stdout, sentence);
      assert.ok(
        run.stderr.includes(`"disableAllHooks" is true in ${folder.join('settings.json')}. Remove`),
        run.stderr,
      );
    }
  });

  it('prints the entry to paste for a server in .claude.json, and connects with it', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 5, passing: 0 });
    const server = await featureServer();
    const file = folder.join('home/.claude.json');
    mkdirSync(folder.join('home'));
    const write = (entry: object) => {
      writeFileSync(file, JSON.stringify({ projects: { [folder.path]: { mcpServers: { features: entry } } } }));
    };
    write(server);
    const options = { cwd: folder.path, env: { HOME: folder.join('home') } };
    const connect = ['connect', 'mcp', '--server', 'features'];
    const { stdout } = await runCli(connect, options);
    assert.match(stdout, /^Nothing was changed\.\n/);
    const [, values = ''] = stdout.split('In its entry, set:');
    const pasted = JSON.parse(`{${values}}`) as { command: string; args: string[] };
    write(pasted);
    assert.match((await runCli(connect, options)).stdout, /^The feature server is already connected/);
    const { client, call } = await connectClient(pasted, { PROJECT_DIR: folder.path });
    await call('feature_mark_passing', { feature_id: 2 });
    await client.close();
    assert.equal((await listBackups(folder.path)).backups.at(-1)?.reason, 'before_mark_passing');
    const { document } = await runCliJson(['disconnect', 'mcp'], options);
    const [edit] = document.manualEdits as readonly { command: string; args: string[] }[];
    assert.deepEqual([edit?.command, edit?.args], [server.command, server.args]);
  });

  it('explains wrong usage', async () => {
    assert.equal((await runCli(['connect', 'emacs'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['connect'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['connect', 'claude', '--scope', 'plugin'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['connect', 'mcp', '--scope', 'user'], { cwd: folder.path })).code, 2);
    assert.equal((await runCli(['hook'], { cwd: folder.path })).code, 2);
  });
});
