import assert from 'node:assert/strict';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realPorts, withStoreLock } from '../../core/system/index.js';
import { readDatabase } from '../support/pythonSqlite.js';
import { bash, DATABASE, describeWithClaude, backedUpBefore, feature, WRITE_BY_COMMAND } from './claudeCode.js';

describeWithClaude('a failing backup in Claude Code', (claude) => {
  const blockBackups = (project: string) => writeFileSync(join(project, '.feature_backups'), 'in the way');
  const beStrict = (project: string) => writeFileSync(join(project, '.feature-backups.json'), '{"strict": true}');
  const passingIn = (project: string) => readDatabase(join(project, DATABASE)).passing;

  it('is reported once to the user and once to the model, and stops no call', async () => {
    const project = await claude.connectedProject();
    blockBackups(project);
    const turns = [[bash(WRITE_BY_COMMAND)], [bash('touch one'), bash('touch two')], [bash('touch three')]];
    const { code, notices, contexts, result } = await claude.run({ cwd: project, turns });
    assert.deepEqual([code, result(0).isError, passingIn(project)], [0, false, 2]);
    assert.ok(existsSync(join(project, 'three')));
    assert.equal(notices.length, 1, notices.join('\n'));
    assert.match(notices[0] ?? '', /Feature Backups: no backup was made .*\.feature_backups is a file, not a folder/);
    assert.equal(contexts.length, 1, contexts.join('\n'));
    assert.match(contexts[0] ?? '', /could not be backed up .*\.feature_backups is a file.*tell the user/);
  });

  it('is reported again after it was resolved in between', async () => {
    const project = await claude.connectedProject();
    blockBackups(project);
    const turns = [[bash('touch one')], [bash('rm .feature_backups')], [bash('touch two')]];
    const first = await claude.run({ cwd: project, turns });
    assert.deepEqual([first.notices.length, await backedUpBefore(project)], [1, ['before_shell_command: 1']]);
    rmSync(join(project, '.feature_backups'), { recursive: true });
    blockBackups(project);
    assert.equal((await claude.run({ cwd: project, turns: [[bash('touch three')]] })).notices.length, 1);
  });

  it('denies calls that write if strict, with the reason for the model, and denies no call that reads', async () => {
    const project = await claude.connectedProject();
    await claude.addServer(project);
    blockBackups(project);
    beStrict(project);
    const turns = [
      [bash(WRITE_BY_COMMAND)],
      [feature('mark_passing', { feature_id: 3 })],
      [feature('get_stats'), bash('ls')],
      [bash('feature-backups status')],
    ];
    const { code, result } = await claude.run({ cwd: project, turns });
    assert.equal(code, 0);
    for (const turn of [0, 1]) {
      assert.equal(result(turn).isError, true);
      assert.match(
        result(turn).text,
        /This call was not run and nothing changed.*\.feature_backups is a file.*Do not work around this.*tell the user/,
      );
    }
    assert.deepEqual([result(2).isError, result(2, 1).isError], [false, false]);
    assert.match(result(3).text, /\.feature_backups is a file/);
    assert.equal(passingIn(project), 1);
  });

  it('names the owner of a held lock if strict, and makes only the first call wait', async () => {
    const project = await claude.connectedProject();
    await claude.cli(project, 'backup');
    beStrict(project);
    await withStoreLock(join(project, '.feature_backups'), realPorts(), async () => {
      const turns = [[bash('touch one')], [bash('touch two')]];
      const { result } = await claude.run({ cwd: project, turns });
      for (const turn of [0, 1])
        assert.match(result(turn).text, new RegExp(`not run.*in use by process ${process.pid.toString()} `));
      assert.match(result(0).text, /waited 10 s/);
      assert.doesNotMatch(result(1).text, /waited/);
    });
    const { result } = await claude.run({ cwd: project, turns: [[bash('touch one')]] });
    assert.equal(result(0).isError, false);
  });

  it('denies a command that would delete the backups if strict, and names a safe one', async () => {
    const project = await claude.connectedProject();
    await claude.cli(project, 'backup');
    const stored = () => readdirSync(join(project, '.feature_backups')).filter((name) => name.endsWith('.db'));
    assert.equal(stored().length, 1);
    beStrict(project);
    const turns = [[bash('rm -rf .feature_backups')], [bash('git clean -fdx')]];
    const { result } = await claude.run({ cwd: project, turns });
    for (const turn of [0, 1]) assert.match(result(turn).text, /This call was not run\. .*\.feature_backups/);
    assert.match(result(1).text, /git clean -e \.feature_backups -fdx/);
    assert.equal(stored().length, 1);
  });
});
