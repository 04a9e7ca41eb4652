import assert from 'node:assert/strict';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { listBackups } from '../../core/engine.js';
import { proveBackups } from '../support/mcp/wholeBackups.js';
import { readDatabase } from '../support/pythonSqlite.js';
import { backedUpBefore, bash, DATABASE, describeWithClaude, eventsOf, feature, waitForEnd } from './claudeCode.js';

describeWithClaude('the tap in Claude Code', (claude) => {
  const tappedProject = async (): Promise<string> => {
    const project = claude.project();
    await claude.addServer(project);
    await claude.cli(project, 'connect', 'mcp', '--server', 'features');
    return project;
  };
  const write = feature('mark_passing', { feature_id: 3 });

  it('backs up before a tool that writes and at the end of the session, and leaves no lock', async () => {
    const project = await tappedProject();
    const turns = [[feature('get_stats')], [write]];
    const { code, result } = await claude.run({ cwd: project, turns });
    assert.equal(code, 0);
    assert.match(result(1).text, /"success": true/);
    await waitForEnd(project, 'after_session: 2');
    assert.deepEqual(await eventsOf(project), ['after_session: 2', 'before_mark_passing: 1']);
  });

  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL'] as const) {
    it(`backs up at the end of the session if ${signal} ends Claude Code, and leaves no lock`, async () => {
      const project = await tappedProject();
      const { child, ended } = await claude.start({
        cwd: project,
        turns: [[write], [bash('touch written; sleep 20')]],
      });
      while (!existsSync(join(project, 'written'))) await pause(50);
      child.kill(signal);
      await ended;
      await waitForEnd(project, 'after_session: 2');
      assert.deepEqual(await eventsOf(project), ['after_session: 2', 'before_mark_passing: 1']);
    });
  }

  it('adds its events to the backups of the hook', async () => {
    const project = await tappedProject();
    await claude.cli(project, 'connect', 'claude');
    await claude.run({ cwd: project, turns: [[write]] });
    await waitForEnd(project, 'after_session: 2');
    assert.deepEqual(await backedUpBefore(project), ['before_mark_passing: 1', 'before_mark_passing: 1']);
    assert.equal((await listBackups(project)).backups.length, 2);
  });

  it('backs up before every write of five agents at once, and the last state at their end', async () => {
    const project = await tappedProject();
    const agents = [1, 2, 3, 4, 5].map((id) => {
      const turns = [[feature('mark_passing', { feature_id: id })]];
      return claude.run({ cwd: project, turns });
    });
    for (const { code, result } of await Promise.all(agents)) assert.deepEqual([code, result(0).isError], [0, false]);
    assert.equal((await backedUpBefore(project)).length, 5);
    await waitForEnd(project, 'after_session: 5');
    proveBackups(project);
  });

  it('lets a call continue after a failed backup, and blocks it with the reason if strict', async () => {
    const project = await tappedProject();
    writeFileSync(join(project, '.feature_backups'), 'in the way');
    const continued = await claude.run({ cwd: project, turns: [[write]] });
    assert.match(continued.result(0).text, /"success": true/);
    writeFileSync(join(project, '.feature-backups.json'), '{"strict": true}');
    const blocked = await claude.run({ cwd: project, turns: [[feature('mark_passing', { feature_id: 4 })]] });
    assert.equal(blocked.result(0).isError, true);
    assert.match(blocked.result(0).text, /This call was not run .*\.feature_backups is a file.*tell the user/);
    assert.equal(readDatabase(join(project, DATABASE)).passing, 2);
  });
});
