import assert from 'node:assert/strict';
import { cpSync, mkdirSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { makeRepository, type GitRepository } from '../support/gitRepository.js';
import { makeFeatureDatabase } from '../support/pythonSqlite.js';
import { bash, DATABASE, describeWithClaude, backedUpBefore } from './claudeCode.js';

const TURNS = [[bash('touch written')]];
const BACKED_UP = ['before_shell_command: 1'];

describeWithClaude('the project of the hook in Claude Code', (claude) => {
  it('is the renamed one after a rename', async () => {
    const before = await claude.connectedProject('before');
    renameSync(before, claude.join('after'));
    const { notices } = await claude.run({ cwd: claude.join('after'), turns: TURNS });
    assert.deepEqual(notices, []);
    assert.deepEqual(await backedUpBefore(claude.join('after')), BACKED_UP);
  });

  it('is the copy in a copy, and not the original', async () => {
    const original = await claude.connectedProject('original');
    cpSync(original, claude.join('copy'), { recursive: true });
    await claude.run({ cwd: claude.join('copy'), turns: TURNS });
    assert.deepEqual(await backedUpBefore(claude.join('copy')), BACKED_UP);
    assert.deepEqual(await backedUpBefore(original), []);
  });

  it('is the project above a subfolder in which Claude Code was started, if the hook is in the user settings', async () => {
    const project = await claude.connectedProject();
    mkdirSync(join(project, 'src/deep'), { recursive: true });
    await claude.run({ cwd: join(project, 'src/deep'), turns: TURNS });
    // Claude Code does not search for project settings above the folder in which it was started.
    assert.deepEqual(await backedUpBefore(project), []);
    await claude.cli(project, 'connect', 'claude', '--scope', 'user');
    await claude.run({ cwd: join(project, 'src/deep'), turns: TURNS });
    assert.deepEqual(await backedUpBefore(project), BACKED_UP);
  });

  it('is also the one in the folder to which the agent has changed', async () => {
    const [one, other] = [await claude.connectedProject('one'), claude.project('one/other')];
    await claude.run({ cwd: one, turns: [[bash('cd other && touch written')], ...TURNS] });
    assert.deepEqual(await backedUpBefore(one), [...BACKED_UP, ...BACKED_UP]);
    assert.deepEqual(await backedUpBefore(other), BACKED_UP);
  });

  describe('in a git repository', () => {
    const repositoryWithHook = async (): Promise<GitRepository> => {
      const repository = makeRepository(await claude.connectedProject('main'));
      repository.write('.gitignore', `${DATABASE}*\n.feature_backups/\n.claude/worktrees/\n`);
      repository.git('add', '--all');
      repository.git('commit', '--quiet', '-m', 'first');
      return repository;
    };

    it('is the clone in a clone, and not the original', async () => {
      const repository = await repositoryWithHook();
      repository.git('clone', '--quiet', '.', '../clone');
      makeFeatureDatabase(claude.join('clone', DATABASE), { features: 3, passing: 0 });
      await claude.run({ cwd: claude.join('clone'), turns: TURNS });
      assert.deepEqual(await backedUpBefore(claude.join('clone')), ['before_shell_command: 0']);
      assert.deepEqual(await backedUpBefore(repository.path), []);
    });

    it('is the main work tree in a linked one without a database, else the linked one', async () => {
      const repository = await repositoryWithHook();
      repository.git('worktree', 'add', '--quiet', '../linked');
      await claude.run({ cwd: claude.join('linked'), turns: TURNS });
      assert.deepEqual(await backedUpBefore(repository.path), BACKED_UP);
      makeFeatureDatabase(claude.join('linked', DATABASE), { features: 3, passing: 0 });
      await claude.run({ cwd: claude.join('linked'), turns: TURNS });
      assert.deepEqual(await backedUpBefore(claude.join('linked')), ['before_shell_command: 0']);
      assert.deepEqual(await backedUpBefore(repository.path), BACKED_UP);
    });

    it('is the main work tree in one that Claude Code created', async () => {
      const repository = await repositoryWithHook();
      const { result } = await claude.run({
        cwd: repository.path,
        args: ['--worktree', 'task'],
        turns: [[bash('pwd > pwd; pwd')]],
      });
      assert.equal(result(0).text, join(repository.path, '.claude/worktrees/task'));
      assert.deepEqual(await backedUpBefore(repository.path), BACKED_UP);
    });
  });
});
