import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listBackups } from '../../../core/engine.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the hook of Claude Code', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const event = (toolName: string, toolInput: object): string =>
    JSON.stringify({
      session_id: 'abc',
      transcript_path: '/tmp/t.jsonl',
      cwd: folder.path,
      permission_mode: 'default',
      hook_event_name: 'PreToolUse',
      tool_name: toolName,
      tool_input: toolInput,
      tool_use_id: 'toolu_1',
    });
  const runHook = (input: string, ...options: string[]) =>
    runCli(['hook', 'claude', ...options], { cwd: folder.path, input });
  const events = async () => (await listBackups(folder.path)).backups.flatMap(({ metadata }) => metadata?.events ?? []);

  const reasons = async () => (await events()).map(({ reason }) => reason);

  beforeEach(() => makeFeatureDatabase(folder.join('.autoforge/features.db'), { features: 5, passing: 1 }));

  it('backs up silently before a tool that writes', async () => {
    const run = await runHook(event('mcp__features__feature_mark_passing', { feature_id: 3, note: 'private' }));
    assert.deepEqual(run, { code: 0, signal: null, stdout: '', stderr: '' });
    const [noted] = await events();
    assert.deepEqual(
      { ...noted, at: '' },
      {
        at: '',
        source: 'agent-hook',
        reason: 'before_mark_passing',
        tool: 'feature_mark_passing',
        detail: 'feature 3',
      },
    );
  });

  const writingCalls: Record<string, [string, object]> = {
    'a shell command that names the database': [
      'Bash',
      { command: 'sqlite3 .autoforge/features.db "DELETE FROM features"' },
    ],
    'a shell command that cleans the work tree': ['Bash', { command: 'cd sub && git clean -fdx' }],
    'a shell command that deletes files': ['Bash', { command: 'rm -rf .autoforge' }],
    'a script': ['Bash', { command: 'python reset.py' }],
    'writing over the database': ['Write', { file_path: '/p/features.db', content: '' }],
    'an unknown feature tool': ['mcp__my_server__feature_reset_all', {}],
  };
  for (const [what, [tool, input]] of Object.entries(writingCalls)) {
    it(`backs up before ${what}`, async () => {
      assert.equal((await runHook(event(tool, input))).code, 0);
      assert.equal((await events()).length, 1);
    });
  }

  const harmlessCalls: Record<string, [string, object]> = {
    'a tool that reads': ['mcp__features__feature_get_stats', {}],
    'a tool of another server': ['mcp__browser__click', {}],
    'a shell command that only reads': ['Bash', { command: 'ls -la && git status' }],
    'writing source code': ['Edit', { file_path: '/p/src/app.tsx' }],
    'writing without a path': ['Write', { content: '/p/features.db' }],
    'writing to a path that is not text': ['Edit', { file_path: { name: 'features.db' } }],
    reading: ['Read', { file_path: '/p/features.db' }],
  };
  for (const [what, [tool, input]] of Object.entries(harmlessCalls)) {
    it(`does nothing before ${what}`, async () => {
      assert.deepEqual(await runHook(event(tool, input)), { code: 0, signal: null, stdout: '', stderr: '' });
      assert.deepEqual(await events(), []);
    });
  }

  for (const input of ['', 'not json', '[]', '{"tool_name": 5}', '\u0000']) {
    it(`backs up before an event that it cannot read, as the tool may write: ${JSON.stringify(input)}`, async () => {
      assert.deepEqual(await runHook(input), { code: 0, signal: null, stdout: '', stderr: '' });
      assert.deepEqual(await reasons(), ['before_unknown_tool']);
    });
  }

  it('backs up before an event that exceeds the read limit, and fails if that backup fails in strict mode', async () => {
    const input = event('Bash', { command: `rm -rf .autoforge # ${'x'.repeat(64 * 1024 * 1024)}` });
    assert.equal((await runHook(input)).code, 0);
    assert.deepEqual(await reasons(), ['before_unknown_tool']);
    writeFileSync(folder.join('.autoforge', 'features.db'), 'damaged');
    assert.equal((await runHook(input, '--strict')).code, 2);
  });

  it('is silent if the backup fails, or exits with 2 and the reason if strict', async () => {
    writeFileSync(folder.join('.feature_backups'), 'in the way');
    const input = event('mcp__features__feature_skip', { feature_id: 1 });
    assert.deepEqual(await runHook(input), { code: 0, signal: null, stdout: '', stderr: '' });
    const strict = await runHook(input, '--strict');
    assert.deepEqual([strict.code, strict.stdout], [2, '']);
    assert.match(strict.stderr, /not run.*\.feature_backups/);
    writeFileSync(folder.join('.feature-backups.json'), '{"strict": true}');
    assert.equal((await runHook(input)).code, 2);
    for (const text of ['{"strict": true, "store": 5}', '{"strict": tru']) {
      writeFileSync(folder.join('.feature-backups.json'), text);
      assert.equal((await runHook(input)).code, 2, text);
    }
    assert.equal((await runHook(event('mcp__features__feature_get_stats', {}))).code, 0);
  });

  const damaging: Record<string, [string, object]> = {
    'git clean': ['Bash', { command: 'git clean -fdx' }],
    'a redirection in a subfolder': ['Bash', { command: 'mkdir -p sub && cd sub && : > ../.feature_backups/a.json' }],
    'a tool that writes a file': ['Write', { file_path: '.feature_backups/.gitignore', content: '' }],
  };
  for (const [what, [tool, input]] of Object.entries(damaging)) {
    it(`blocks ${what} that would damage the store, but only if strict`, async () => {
      assert.equal((await runCli(['backup'], { cwd: folder.path })).code, 0);
      assert.deepEqual(await runHook(event(tool, input)), { code: 0, signal: null, stdout: '', stderr: '' });
      for (const options of [['--strict'], ['--strict', '--project', folder.path]]) {
        const { code, stdout, stderr } = await runHook(event(tool, input), ...options);
        assert.deepEqual([code, stdout], [2, '']);
        assert.match(
          stderr,
          /^feature-backups: The tool was not run\. .*\.feature_backups\..* ask the user to do it\.\n$/,
        );
      }
      writeFileSync(folder.join('.feature-backups.json'), '{"strict": true}');
      assert.equal((await runHook(event(tool, input))).code, 2);
      assert.equal((await runHook(event('Bash', { command: 'git clean -fdx -e .feature_backups' }))).code, 0);
    });
  }

  it('backs up before a command that would delete the store, strict or not', async () => {
    const input = event('Bash', { command: 'rm -rf .feature_backups' });
    assert.equal((await runHook(input)).code, 0);
    assert.deepEqual(await reasons(), ['before_shell_command']);
    rmSync(folder.join('.feature_backups'), { recursive: true });
    assert.equal((await runHook(input, '--strict')).code, 2);
    const names = readdirSync(folder.join('.feature_backups'));
    assert.equal(names.filter((name) => name.endsWith('.db')).length, 1, names.join());
  });

  it('guards the store of a project whose database is missing, and a store reached through a link', async () => {
    assert.equal((await runCli(['backup'], { cwd: folder.path })).code, 0);
    rmSync(folder.join('.autoforge/features.db'));
    assert.equal((await runHook(event('Bash', { command: 'rm -rf .feature_backups' }), '--strict')).code, 2);
    symlinkSync(folder.path, folder.join('link'));
    const run = await runHook(
      event('Bash', { command: `rm -rf "${folder.path}/.feature_backups"` }),
      ...['--strict', '--project', folder.join('link')],
    );
    assert.equal(run.code, 2);
  });

  it('shows control characters in a path as escapes', async () => {
    const project = folder.join('p\u001B[31m\u202E');
    makeFeatureDatabase(join(project, 'features.db'), { features: 5, passing: 1 });
    writeFileSync(join(project, '.feature_backups'), 'in the way');
    const { code, stderr } = await runHook(
      event('mcp__features__feature_skip', { feature_id: 1 }),
      '--strict',
      '--project',
      project,
    );
    assert.equal(code, 2);
    assert.ok(stderr.includes('p\\x1b[31m\\u202e/.feature_backups'), stderr);
  });

  it('does nothing without a database, even if strict', async () => {
    const elsewhere = folder.join('elsewhere');
    mkdirSync(elsewhere);
    const run = await runCli(['hook', 'claude', '--strict', '--project', elsewhere], {
      input: event('Bash', { command: 'rm x' }),
    });
    assert.deepEqual(run, { code: 0, signal: null, stdout: '', stderr: '' });
  });

  it('works as installed by connect: without PATH, from another folder, through the shell', async () => {
    const connected = await runCliJson(['connect', 'claude', '--project', folder.path]);
    assert.equal(connected.code, 0, connected.stderr);
    const settings = JSON.parse(readFileSync(folder.join('.claude/settings.json'), 'utf8')) as {
      hooks: { PreToolUse: { matcher: string; hooks: { command: string }[] }[] };
    };
    const [entry] = settings.hooks.PreToolUse;
    assert.match('mcp__features__feature_create', new RegExp(`^(?:${entry?.matcher ?? ''})$`));
    const input = event('mcp__features__feature_create', {});
    const run = spawnSync('/bin/sh', ['-c', entry?.hooks[0]?.command ?? ''], {
      cwd: '/',
      env: {},
      input,
      encoding: 'utf8',
    });
    assert.deepEqual([run.status, run.stdout, run.stderr], [0, '', '']);
    assert.equal((await events())[0]?.reason, 'before_feature_create');
  });
});
