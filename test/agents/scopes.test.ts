import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { backedUpBefore, bash, describeWithClaude } from './claudeCode.js';

type Scope = 'project' | 'local' | 'user';

const TURNS = [[bash('touch written')]];
const BACKED_UP = ['before_shell_command: 1'];

describeWithClaude('the settings of Claude Code', (claude) => {
  const fileOf = (scope: Scope): string =>
    ({
      project: claude.join('shop/.claude/settings.json'),
      local: claude.join('shop/.claude/settings.local.json'),
      user: claude.join('home/.claude/settings.json'),
    })[scope];
  const configure = (scope: Scope, settings: object): void => {
    mkdirSync(dirname(fileOf(scope)), { recursive: true });
    writeFileSync(fileOf(scope), JSON.stringify(settings));
  };

  for (const scope of ['project', 'local', 'user'] as const) {
    it(`run the hook in this scope: ${scope}`, async () => {
      const project = claude.project();
      await claude.cli(project, 'connect', 'claude', '--scope', scope);
      assert.match(readFileSync(fileOf(scope), 'utf8'), /hook claude/);
      await claude.run({ cwd: project, turns: TURNS });
      assert.deepEqual(await backedUpBefore(project), BACKED_UP);
    });
  }

  it('run the hook once if it is in several scopes', async () => {
    const project = claude.project();
    for (const scope of ['project', 'local', 'user']) await claude.cli(project, 'connect', 'claude', '--scope', scope);
    await claude.run({ cwd: project, turns: TURNS });
    assert.deepEqual(await backedUpBefore(project), BACKED_UP);
  });

  const DISABLED: readonly (readonly [Partial<Record<Scope, boolean>>, Scope | undefined])[] = [
    [{ project: true }, 'project'],
    [{ local: true }, 'local'],
    [{ user: true }, 'user'],
    [{ user: true, project: false }, undefined],
    [{ project: true, local: false }, undefined],
    [{ user: false, project: false, local: true }, 'local'],
  ];
  for (const [disabled, decisive] of DISABLED) {
    const result = decisive === undefined ? 'run the hook' : 'do not run the hook, and connect names the file';
    it(`${result}, with disableAllHooks ${JSON.stringify(disabled)}`, async () => {
      const project = claude.project();
      for (const scope of ['user', 'project', 'local'] as const)
        if (scope in disabled) configure(scope, { disableAllHooks: disabled[scope] });
      const { warnings } = JSON.parse(await claude.cli(project, 'connect', 'claude', '--json')) as {
        readonly warnings: readonly string[];
      };
      assert.equal(warnings.length, decisive === undefined ? 0 : 1, warnings.join());
      if (decisive !== undefined) assert.ok(warnings[0]?.includes(fileOf(decisive)), warnings[0]);
      await claude.run({ cwd: project, turns: TURNS });
      assert.deepEqual(await backedUpBefore(project), decisive === undefined ? BACKED_UP : []);
    });
  }
});
