import assert from 'node:assert/strict';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { sqlite3 } from '../support/fixtureProject.js';
import { bash, DATABASE, describeWithClaude, eventsOf, waitForEnd, WRITE_BY_COMMAND } from './claudeCode.js';

describeWithClaude('the hook at the end of a session of Claude Code', (claude) => {
  it('backs up the last write', async () => {
    const project = await claude.connectedProject();
    const { code, notices } = await claude.run({ cwd: project, turns: [[bash(WRITE_BY_COMMAND)]] });
    assert.deepEqual([code, notices], [0, []]);
    await waitForEnd(project, 'after_session: 2');
    assert.deepEqual(await eventsOf(project), ['after_session: 2', 'before_shell_command: 1']);
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`backs up the last write if ${signal} ends it`, async () => {
      const project = await claude.connectedProject();
      const turns = [[bash(`${WRITE_BY_COMMAND}; touch written; sleep 20`)]];
      const { child, ended } = await claude.start({ cwd: project, turns });
      while (!existsSync(join(project, 'written'))) await pause(50);
      child.kill(signal);
      await ended;
      await waitForEnd(project, 'after_session: 2');
      assert.deepEqual(await eventsOf(project), ['after_session: 2', 'before_shell_command: 1']);
    });
  }
});

describeWithClaude('the hook at the start of a session of Claude Code', (claude) => {
  const losses: Record<string, { readonly lose: (database: string) => void; readonly expected: RegExp }> = {
    'is damaged': {
      lose: (database) => writeFileSync(database, 'damaged'.repeat(1000)),
      expected: /database is damaged.*features_\d.* with 30 features, 12 passing.*[Tt]ell the user/,
    },
    'is missing': {
      lose: (database) => rmSync(database),
      expected: /features\.db is missing.*features_\d/,
    },
    'lost most of its features': {
      lose: (database) => sqlite3(database, 'DELETE FROM features WHERE id > 4'),
      expected: /far fewer features.*features_\d.* with 30 features/,
    },
  };
  for (const [what, { lose, expected }] of Object.entries(losses)) {
    it(`reports to the model that the database ${what}, and names the last good backup`, async () => {
      const project = await claude.connectedProject('shop', { features: 30, passing: 12 });
      await claude.cli(project, 'backup');
      lose(join(project, DATABASE));
      const { code, contexts } = await claude.run({ cwd: project, turns: [[bash('ls')]] });
      assert.equal(code, 0);
      assert.equal(contexts.length, 1, contexts.join('\n'));
      assert.match(contexts[0] ?? '', expected);
    });
  }

  it('adds nothing if the database is intact', async () => {
    const project = await claude.connectedProject();
    await claude.cli(project, 'backup');
    const { contexts, notices } = await claude.run({ cwd: project, turns: [[bash('ls')]] });
    assert.deepEqual([contexts, notices], [[], []]);
  });
});
