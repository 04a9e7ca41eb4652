import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listBackups } from '../../../core/engine.js';
import { realPorts, withStoreLock } from '../../../core/system/index.js';
import { startRaw } from '../../support/mcp/rawTap.js';
import { behindTap } from '../../support/mcp/servers.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { bareEnvironment, buildCli, CLI_PATH, runCli, runCliJson, type CliRun } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the hook of Claude Code', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const event = (toolName: string, toolInput: object, more: object = {}): string =>
    JSON.stringify({
      session_id: 'abc',
      transcript_path: '/tmp/t.jsonl',
      cwd: folder.path,
      permission_mode: 'default',
      hook_event_name: 'PreToolUse',
      tool_name: toolName,
      tool_input: toolInput,
      tool_use_id: 'toolu_1',
      ...more,
    });
  const runHook = (input: string, ...options: string[]) =>
    runCli(['hook', 'claude', ...options], { cwd: folder.path, input });
  const events = async () => (await listBackups(folder.path)).backups.flatMap(({ metadata }) => metadata?.events ?? []);

  const reasons = async () => (await events()).map(({ reason }) => reason);

  const SILENT = { code: 0, signal: null, stdout: '', stderr: '' };
  const WRITE = ['mcp__features__feature_skip', { feature_id: 1 }] as const;

  interface Answer {
    readonly systemMessage?: string;
    readonly hookSpecificOutput: {
      readonly hookEventName: string;
      readonly permissionDecision?: string;
      readonly permissionDecisionReason?: string;
      readonly additionalContext?: string;
    };
  }

  const answerOf = ({ code, stdout, stderr }: CliRun): Answer => {
    assert.deepEqual([code, stderr], [0, '']);
    return JSON.parse(stdout) as Answer;
  };

  /** The reason why a call is denied. */
  const denialOf = (run: CliRun): string => {
    const { hookSpecificOutput: output, ...rest } = answerOf(run);
    assert.deepEqual(rest, {});
    assert.deepEqual([output.hookEventName, output.permissionDecision], ['PreToolUse', 'deny']);
    return output.permissionDecisionReason ?? '';
  };

  beforeEach(() => makeFeatureDatabase(folder.join('.autoforge/features.db'), { features: 5, passing: 1 }));

  it('backs up silently before a tool that writes', async () => {
    const run = await runHook(event('mcp__features__feature_mark_passing', { feature_id: 3, note: 'private' }));
    assert.deepEqual(run, SILENT);
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
    'a script of the project': ['Bash', { command: 'npm run reset' }],
    'a command that spells no name': ['Bash', { command: 'cd ./.a*; for f in feat*; do : > "$f"; done' }],
    'a program of the project': ['Bash', { command: './reset' }],
    'a command that is watched': ['Monitor', { command: 'just reset' }],
    'a command for PowerShell': ['PowerShell', { command: 'Remove-Item -Recurse .autoforge' }],
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
    'a shell command that lists sources': ['Bash', { command: 'ls src/app.ts' }],
    'the version of a program': ['Bash', { command: 'node --version' }],
    'a watched command that only reads': ['Monitor', { command: 'tail -f app.log' }],
    'a command for PowerShell that only reads': ['PowerShell', { command: 'Get-ChildItem src' }],
    'writing source code': ['Edit', { file_path: '/p/src/app.tsx' }],
    'writing without a path': ['Write', { content: '/p/features.db' }],
    'writing to a path that is not text': ['Edit', { file_path: { name: 'features.db' } }],
    reading: ['Read', { file_path: '/p/features.db' }],
  };
  for (const [what, [tool, input]] of Object.entries(harmlessCalls)) {
    it(`does nothing before ${what}`, async () => {
      assert.deepEqual(await runHook(event(tool, input)), SILENT);
      assert.deepEqual(await events(), []);
    });
  }

  for (const input of ['', 'not json', '[]', '{"tool_name": 5}', '\u0000']) {
    it(`backs up before an event that it cannot read, as the tool may write: ${JSON.stringify(input)}`, async () => {
      assert.deepEqual(await runHook(input), SILENT);
      assert.deepEqual(await reasons(), ['before_unknown_tool']);
    });
  }

  it('backs up before an event that exceeds the read limit, and fails if that backup fails in strict mode', async () => {
    const input = event('Bash', { command: `rm -rf .autoforge # ${'x'.repeat(64 * 1024 * 1024)}` });
    assert.deepEqual(await runHook(input), SILENT);
    assert.deepEqual(await reasons(), ['before_unknown_tool']);
    writeFileSync(folder.join('.autoforge', 'features.db'), 'damaged');
    assert.equal((await runHook(input, '--strict')).code, 2);
  });

  const blockBackups = () => writeFileSync(folder.join('.feature_backups'), 'in the way');

  it('reports a failed backup to the user and the model once for each session and problem, and allows the call', async () => {
    blockBackups();
    const { systemMessage = '', hookSpecificOutput } = answerOf(await runHook(event(...WRITE)));
    assert.match(systemMessage, /^Feature Backups: no backup was made .*\.feature_backups is a file, not a folder/);
    assert.deepEqual(Object.keys(hookSpecificOutput), ['hookEventName', 'additionalContext']);
    assert.match(hookSpecificOutput.additionalContext ?? '', /\.feature_backups is a file.*tell the user/);

    assert.deepEqual(await runHook(event(...WRITE)), SILENT);
    assert.deepEqual(await runHook(event('Bash', { command: 'make' })), SILENT);
    answerOf(await runHook(event(...WRITE, { session_id: 'def' })));

    rmSync(folder.join('.feature_backups'));
    writeFileSync(folder.join('.autoforge', 'features.db'), 'damaged');
    assert.match(answerOf(await runHook(event(...WRITE))).systemMessage ?? '', /features\.db is damaged\./);
    assert.deepEqual(await runHook(event(...WRITE)), SILENT);
    rmSync(folder.join('.autoforge'), { recursive: true });
    makeFeatureDatabase(folder.join('.autoforge/features.db'), { features: 5, passing: 1 });
    assert.deepEqual(await runHook(event(...WRITE)), SILENT);

    // Solved in between, so it is a new problem.
    rmSync(folder.join('.feature_backups'), { recursive: true });
    blockBackups();
    answerOf(await runHook(event(...WRITE)));
  });

  it('denies the call with the reason if the backup fails and the configuration is strict', async () => {
    blockBackups();
    const reason = denialOf(await runHook(event(...WRITE), '--strict'));
    assert.match(reason, /^This call was not run .*\.feature_backups.*Do not work around this.*tell the user/);
    writeFileSync(folder.join('.feature-backups.json'), '{"strict": true}');
    denialOf(await runHook(event(...WRITE)));
    for (const text of ['{"strict": true, "store": 5}', '{"strict": tru']) {
      writeFileSync(folder.join('.feature-backups.json'), text);
      denialOf(await runHook(event(...WRITE)));
    }
    assert.equal((await runHook(event('mcp__features__feature_get_stats', {}))).stdout, '');
  });

  it('backs up before a command in a skill, and reports a failed backup to the user', async () => {
    const input = event('Bash', { command: 'make' }, { hook_event_name: 'PreSkillShellCommand' });
    assert.deepEqual(await runHook(input), SILENT);
    assert.deepEqual(await reasons(), ['before_shell_command']);
    rmSync(folder.join('.feature_backups'), { recursive: true });
    blockBackups();
    const { systemMessage, ...rest } = answerOf(await runHook(input));
    assert.match(systemMessage ?? '', /\.feature_backups is a file/);
    assert.deepEqual(rest, {});
  });

  it('blocks an event whose answer cannot deny, and one that it cannot read, by its exit code', async () => {
    blockBackups();
    for (const input of [event('Bash', { command: 'make' }, { hook_event_name: 'PreSkillShellCommand' }), '{']) {
      const { code, stdout, stderr } = await runHook(input, '--strict');
      assert.deepEqual([code, stdout], [2, '']);
      assert.match(stderr, /^feature-backups: This call was not run .*\.feature_backups/);
    }
  });

  for (const command of [
    'feature-backups status',
    'npx feature-backups restore last-good --yes',
    'feature-backups unlock --yes 2>&1 | tail -5',
    'git status && git log -3',
  ]) {
    it(`never blocks a command that helps: ${command}`, async () => {
      blockBackups();
      assert.deepEqual(await runHook(event('Bash', { command }), '--strict'), SILENT);
    });
  }

  it('names the owner of a held lock, and waits for it only once', async () => {
    assert.equal((await runCli(['backup'], { cwd: folder.path })).code, 0);
    const ports = realPorts();
    await withStoreLock(folder.join('.feature_backups'), ports, async () => {
      const owner = new RegExp(`in use by process ${process.pid.toString()} `);
      const first = denialOf(await runHook(event(...WRITE), '--strict'));
      assert.match(first, owner);
      assert.match(first, /waited 10 s/);
      const second = denialOf(await runHook(event(...WRITE), '--strict'));
      assert.match(second, owner);
      assert.doesNotMatch(second, /waited/);
    });
    assert.deepEqual(await runHook(event(...WRITE), '--strict'), SILENT);
  });

  const damaging: Record<string, [string, object]> = {
    'git clean': ['Bash', { command: 'git clean -fdx' }],
    'a redirection in a subfolder': ['Bash', { command: 'mkdir -p sub && cd sub && : > ../.feature_backups/a.json' }],
    'a tool that writes a file': ['Write', { file_path: '.feature_backups/.gitignore', content: '' }],
  };
  for (const [what, [tool, input]] of Object.entries(damaging)) {
    it(`blocks ${what} that would damage the store, but only if strict`, async () => {
      assert.equal((await runCli(['backup'], { cwd: folder.path })).code, 0);
      assert.deepEqual(await runHook(event(tool, input)), SILENT);
      for (const options of [['--strict'], ['--strict', '--project', folder.path]]) {
        assert.match(
          denialOf(await runHook(event(tool, input), ...options)),
          /^This call was not run\. .*\.feature_backups\..* ask the user to do it\.$/,
        );
      }
      writeFileSync(folder.join('.feature-backups.json'), '{"strict": true}');
      denialOf(await runHook(event(tool, input)));
      assert.deepEqual(await runHook(event('Bash', { command: 'git clean -fdx -e .feature_backups' })), SILENT);
    });
  }

  it('backs up before a command that would delete the store, strict or not', async () => {
    const input = event('Bash', { command: 'rm -rf .feature_backups' });
    assert.equal((await runHook(input)).code, 0);
    assert.deepEqual(await reasons(), ['before_shell_command']);
    rmSync(folder.join('.feature_backups'), { recursive: true });
    denialOf(await runHook(input, '--strict'));
    const names = readdirSync(folder.join('.feature_backups'));
    assert.equal(names.filter((name) => name.endsWith('.db')).length, 1, names.join());
  });

  it('guards the store of a project whose database is missing, and a store reached through a link', async () => {
    assert.equal((await runCli(['backup'], { cwd: folder.path })).code, 0);
    rmSync(folder.join('.autoforge/features.db'));
    denialOf(await runHook(event('Bash', { command: 'rm -rf .feature_backups' }), '--strict'));
    symlinkSync(folder.path, folder.join('link'));
    const run = await runHook(
      event('Bash', { command: `rm -rf "${folder.path}/.feature_backups"` }),
      ...['--strict', '--project', folder.join('link')],
    );
    denialOf(run);
  });

  it('shows control characters in a path as escapes', async () => {
    const project = folder.join('p\u001B[31m\u202E');
    makeFeatureDatabase(join(project, 'features.db'), { features: 5, passing: 1 });
    writeFileSync(join(project, '.feature_backups'), 'in the way');
    const reason = denialOf(await runHook(event(...WRITE), '--strict', '--project', project));
    assert.ok(reason.includes('p\\x1b[31m\\u202e/.feature_backups'), reason);
  });

  it('does nothing without a database, even if strict', async () => {
    const elsewhere = folder.join('elsewhere');
    rmSync(folder.join('.autoforge'), { recursive: true });
    mkdirSync(elsewhere);
    const run = await runCli(['hook', 'claude', '--strict', '--project', elsewhere], {
      input: event('Bash', { command: 'rm x' }, { cwd: elsewhere }),
    });
    assert.deepEqual(run, SILENT);
  });

  describe('in another project than its settings name', () => {
    const reasonsIn = async (path: string) =>
      (await listBackups(path)).backups.flatMap(({ metadata }) => metadata?.events ?? []).map(({ reason }) => reason);
    const project = (name: string): string => {
      makeFeatureDatabase(folder.join(name, 'features.db'), { features: 3, passing: 1 });
      return folder.join(name);
    };
    const runIn = (cwd: string, options: readonly string[] = [], env: Record<string, string> = {}) =>
      runCli(['hook', 'claude', ...options], { cwd: '/', env, input: event(...WRITE, { cwd }) });

    beforeEach(() => rmSync(folder.join('.autoforge'), { recursive: true }));

    it('backs up the project of the event, and the one where Claude Code was started', async () => {
      const [inner, outer, other] = [project('outer/inner'), project('outer'), project('other')];
      mkdirSync(join(inner, 'src/deep'), { recursive: true });
      assert.deepEqual(await runIn(join(inner, 'src/deep'), [], { CLAUDE_PROJECT_DIR: other }), SILENT);
      assert.deepEqual(await reasonsIn(inner), ['before_skip']);
      assert.deepEqual(await reasonsIn(other), ['before_skip']);
      assert.deepEqual(await reasonsIn(outer), []);
      assert.deepEqual(await runIn(folder.path, [], { CLAUDE_PROJECT_DIR: join(outer, 'missing') }), SILENT);
      assert.deepEqual(await reasonsIn(outer), ['before_skip']);
    });

    it('backs up a copy as well as the original that the settings name', async () => {
      const original = project('original');
      cpSync(original, folder.join('copy'), { recursive: true });
      assert.deepEqual(await runIn(folder.join('copy'), ['--project', original]), SILENT);
      assert.deepEqual(await reasonsIn(original), ['before_skip']);
      assert.deepEqual(await reasonsIn(folder.join('copy')), ['before_skip']);
    });

    it('backs up a renamed project and reports the folder that is gone, or denies the call if strict', async () => {
      const old = project('old');
      renameSync(old, folder.join('new'));
      const { systemMessage } = answerOf(await runIn(folder.join('new'), ['--project', old]));
      assert.match(systemMessage ?? '', /names? the project .*\/old, which does not exist\. .*connect the agent again/);
      assert.deepEqual(await reasonsIn(folder.join('new')), ['before_skip']);
      assert.deepEqual(await runIn(folder.join('new'), ['--project', old]), SILENT);
      writeFileSync(folder.join('new/.feature-backups.json'), '{"strict": true}');
      assert.match(denialOf(await runIn(folder.join('new'), ['--project', old])), /\/old, which does not exist/);
    });

    it('backs up the main work tree from a linked worktree without a database', async () => {
      const main = project('main/app');
      const git = (...args: string[]) => {
        const { status, stderr } = spawnSync('git', ['-C', folder.join('main'), ...args], { encoding: 'utf8' });
        assert.equal(status, 0, stderr);
      };
      git('init', '-q');
      writeFileSync(join(main, '.gitignore'), '*.db\n');
      git('add', '.');
      git('-c', 'user.name=a', '-c', 'user.email=a@b', 'commit', '-qm', 'first');
      git('worktree', 'add', '-q', folder.join('tree'));
      assert.deepEqual(await runIn(folder.join('tree/app')), SILENT);
      assert.deepEqual(await reasonsIn(main), ['before_skip']);
      makeFeatureDatabase(folder.join('tree/app/features.db'), { features: 2, passing: 0 });
      assert.deepEqual(await runIn(folder.join('tree/app')), SILENT);
      assert.deepEqual(await reasonsIn(folder.join('tree/app')), ['before_skip']);
      assert.deepEqual(await reasonsIn(main), ['before_skip']);
    });

    it('does not miss a database that its settings name by path before it exists', async () => {
      mkdirSync(folder.join('later'));
      assert.deepEqual(await runIn(folder.path, ['--strict', '--project', folder.join('later/features.db')]), SILENT);
    });

    it('backs up the project of a database that is written as a file', async () => {
      const [one, other] = [project('one'), project('other')];
      const input = event('Write', { file_path: join(other, 'features.db'), content: '' }, { cwd: one });
      assert.deepEqual(await runCli(['hook', 'claude'], { cwd: one, input }), SILENT);
      assert.deepEqual(await reasonsIn(other), ['before_file_write']);
    });

    it('backs up every project although one of them fails', async () => {
      const [one, other] = [project('one'), project('other')];
      writeFileSync(join(one, '.feature_backups'), 'in the way');
      answerOf(await runIn(one, [], { CLAUDE_PROJECT_DIR: other }));
      assert.deepEqual(await reasonsIn(other), ['before_skip']);
    });
  });

  it('gives a backup the same reason as the tap, also for a tool that nobody knows', async () => {
    for (const tool of ['feature_purge', 'feature_feature_purge', 'feature_mark_passing']) {
      assert.deepEqual(await runHook(event(`mcp__features__${tool}`, {})), SILENT);
      const tap = startRaw(behindTap({ command: 'cat', args: [] }), { PROJECT_DIR: folder.path });
      tap.child.stdin.end(
        `${JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: tool } })}\n`,
      );
      await tap.ended;
      const [hook, fromTap] = (await events()).filter((noted) => noted.tool === tool);
      assert.deepEqual([hook?.source, fromTap?.source, fromTap?.reason], ['agent-hook', 'mcp', hook?.reason], tool);
    }
  });

  it('acts on the first event, and does not wait for the end of its input', async () => {
    buildCli();
    const started = (pieces: readonly string[]) => {
      const child = spawn(process.execPath, [CLI_PATH, 'hook', 'claude'], {
        cwd: folder.path,
        env: bareEnvironment(),
        stdio: ['pipe', 'inherit', 'inherit'],
      });
      for (const piece of pieces) child.stdin.write(piece);
      return child;
    };
    const text = event(...WRITE);
    for (const pieces of [[text], [`${text}\n`, '{"tool_name": "Read"'], [text.slice(0, 20), text.slice(20)]]) {
      const [code] = (await once(started(pieces), 'exit')) as [number | null];
      assert.equal(code, 0);
    }
    assert.deepEqual(await reasons(), ['before_skip', 'before_skip', 'before_skip']);
    const [code] = (await once(started([text.slice(0, 20)]), 'exit')) as [number | null];
    assert.equal(code, 0);
    assert.equal((await reasons()).at(-1), 'before_unknown_tool');
  });

  it('works as installed by connect: without PATH, from another folder, through the shell', async () => {
    const connected = await runCliJson(['connect', 'claude', '--project', folder.path]);
    assert.equal(connected.code, 0, connected.stderr);
    const settings = JSON.parse(readFileSync(folder.join('.claude/settings.json'), 'utf8')) as {
      hooks: { PreToolUse: { matcher: string; hooks: { command: string }[] }[] };
    };
    const [entry] = settings.hooks.PreToolUse;
    for (const tool of ['mcp__features__feature_create', 'Bash', 'Monitor', 'PowerShell', 'Write'])
      assert.match(tool, new RegExp(`^(?:${entry?.matcher ?? ''})$`));
    assert.ok(!(entry?.hooks[0]?.command ?? folder.path).includes(folder.path));
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
