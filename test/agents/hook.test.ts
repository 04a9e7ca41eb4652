import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readDatabase } from '../support/pythonSqlite.js';
import { backedUpBefore, bash, DATABASE, describeWithClaude, feature, WRITE_BY_COMMAND } from './claudeCode.js';

describeWithClaude('the hook in Claude Code', (claude) => {
  it('silently backs up the state before a command that writes', async () => {
    const project = await claude.connectedProject();
    const { code, notices, contexts, result } = await claude.run({ cwd: project, turns: [[bash(WRITE_BY_COMMAND)]] });
    assert.deepEqual([code, notices, contexts, result(0).isError], [0, [], [], false]);
    assert.deepEqual(await backedUpBefore(project), ['before_shell_command: 1']);
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });

  it('backs up the state before a tool of the feature server that writes', async () => {
    const project = await claude.connectedProject();
    await claude.addServer(project);
    const turns = [[feature('mark_passing', { feature_id: 3 })]];
    const { result } = await claude.run({ cwd: project, turns });
    assert.match(result(0).text, /"success": true/);
    assert.deepEqual(await backedUpBefore(project), ['before_mark_passing: 1']);
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });

  it('backs up before a side file of the database is written or edited', async () => {
    const project = await claude.connectedProject();
    const log = join(project, `${DATABASE}-wal`);
    const turns = [
      [{ name: 'Write', input: { file_path: log, content: 'no log\n' } }],
      [{ name: 'Edit', input: { file_path: log, old_string: 'no log', new_string: 'still none' } }],
    ];
    const { result } = await claude.run({ cwd: project, turns });
    assert.deepEqual([result(0).isError, result(1).isError], [false, false]);
    assert.deepEqual(await backedUpBefore(project), ['before_file_write: 1', 'before_file_write: 1']);
  });

  it('makes no backup before calls that only read, or that write other files', async () => {
    const project = await claude.connectedProject();
    await claude.addServer(project);
    writeFileSync(join(project, 'app.ts'), 'export {};\n');
    const app = join(project, 'app.ts');
    const turns = [
      [bash('ls -la && git status'), bash('cat app.ts | head -3')],
      [{ name: 'Read', input: { file_path: app } }, feature('get_stats')],
      [{ name: 'Edit', input: { file_path: app, old_string: 'export {};', new_string: 'export const a = 1;' } }],
    ];
    const { result } = await claude.run({ cwd: project, turns });
    assert.match(result(1, 1).text, /"total": 5/);
    assert.equal(result(2).isError, false);
    assert.deepEqual(await backedUpBefore(project), []);
  });

  it('backs up the state before a command that runs in the background', async () => {
    const project = await claude.connectedProject();
    const { input } = bash(`${WRITE_BY_COMMAND}; touch written`);
    const waits = bash('until test -e written; do sleep 0.1; done');
    const turns = [[{ name: 'Bash', input: { ...input, run_in_background: true } }], [waits]];
    await claude.run({ cwd: project, turns });
    assert.equal((await backedUpBefore(project)).at(-1), 'before_shell_command: 1');
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });

  it('backs up the state before a command in a skill, if it is also configured for that event', async () => {
    const project = await claude.connectedProject();
    const path = join(project, '.claude/settings.json');
    const { hooks } = JSON.parse(readFileSync(path, 'utf8')) as { readonly hooks: Record<string, unknown> };
    writeFileSync(path, JSON.stringify({ hooks: { ...hooks, PreSkillShellCommand: hooks.PreToolUse } }));
    mkdirSync(join(project, '.claude/commands'));
    writeFileSync(join(project, '.claude/commands/reset.md'), `Read the result: !\`${WRITE_BY_COMMAND}\`\n`);
    await claude.run({ cwd: project, prompt: '/reset', turns: [] });
    assert.deepEqual(await backedUpBefore(project), ['before_shell_command: 1']);
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });

  it('runs for agents that read only the settings of the project, as those of AutoForge do', async () => {
    const project = await claude.connectedProject();
    claude.configure({ disableAllHooks: true });
    const args = ['--setting-sources', 'project'];
    await claude.run({ cwd: project, args, turns: [[bash(WRITE_BY_COMMAND)]] });
    assert.deepEqual(await backedUpBefore(project), ['before_shell_command: 1']);
  });

  it('runs even if the recorded Node.js is missing, and NODE_OPTIONS names a missing file', async () => {
    const project = await claude.connectedProject();
    const path = join(project, '.claude/settings.json');
    const recorded = /(launch\.sh\\" \\")[^"\\]+/g;
    const settings = readFileSync(path, 'utf8');
    assert.match(settings, recorded);
    writeFileSync(path, settings.replace(recorded, `$1${claude.join('gone/node')}`));
    const variables = { NODE_OPTIONS: `--require ${claude.join('gone.cjs')}` };
    const { notices } = await claude.run({ cwd: project, variables, turns: [[bash(WRITE_BY_COMMAND)]] });
    assert.deepEqual(notices, []);
    assert.deepEqual(await backedUpBefore(project), ['before_shell_command: 1']);
  });
});
