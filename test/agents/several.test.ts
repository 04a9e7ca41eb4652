import assert from 'node:assert/strict';
import { join } from 'node:path';
import { listBackups } from '../../core/engine.js';
import { proveBackups } from '../support/mcp/wholeBackups.js';
import { readDatabase } from '../support/pythonSqlite.js';
import { bash, DATABASE, describeWithClaude, backedUpBefore, feature, WRITE_BY_COMMAND } from './claudeCode.js';

describeWithClaude('several calls at once in Claude Code', (claude) => {
  it('are each backed up before, and are all run', async () => {
    const project = await claude.connectedProject();
    await claude.addServer(project);
    const calls = [2, 3, 4].map((id) => feature('mark_passing', { feature_id: id }));
    const { code } = await claude.run({ cwd: project, turns: [[...calls, bash('touch written')]] });
    assert.equal(code, 0);
    const events = await backedUpBefore(project);
    assert.equal(events.length, 4, events.join());
    assert.equal(events.at(-1), 'before_mark_passing: 1');
    assert.equal(readDatabase(join(project, DATABASE)).passing, 4);
    proveBackups(project);
  });

  it('are backed up before if a subagent makes them', async () => {
    const project = await claude.connectedProject();
    const prompt = 'Mark the second feature.';
    const agent = { name: 'Agent', input: { description: 'a task', prompt, subagent_type: 'general-purpose' } };
    const subagents = [{ prompt, turns: [[bash(WRITE_BY_COMMAND)]] }];
    const { code } = await claude.run({ cwd: project, turns: [[agent]], subagents });
    assert.equal(code, 0);
    assert.deepEqual(await backedUpBefore(project), ['before_shell_command: 1']);
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });

  it('are backed up before if five agents make them', async () => {
    const project = await claude.connectedProject();
    await claude.addServer(project);
    const agents = await Promise.all(
      [1, 2, 3, 4, 5].map(async (id) => {
        const turns = [[feature('mark_passing', { feature_id: id })], [bash(`touch written-by-${id}`)]];
        return await claude.run({ cwd: project, turns });
      }),
    );
    for (const { code, notices, result } of agents) {
      assert.deepEqual([code, notices], [0, []]);
      assert.deepEqual([result(0).isError, result(1).isError], [false, false]);
    }
    assert.equal(readDatabase(join(project, DATABASE)).passing, 5);
    assert.equal((await backedUpBefore(project)).length, 10);
    const { backups } = await listBackups(project);
    assert.equal(proveBackups(project), backups.length);
  });
});
