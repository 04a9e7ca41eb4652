import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS, PREVIEW_SCHEME, type CommandName } from '../../../extension/contributions.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, write } from '../support/writer.js';

describe('setting up git and agents from the editor', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    await setSetting('watch.enabled', false);
    dialogs.install();
    git('init', '--initial-branch=main');
    git('config', 'user.name', 'Test');
    git('config', 'user.email', 'test@example.com');
    writeFileSync(join(root, '.gitignore'), '.autoforge/\n');
    git('add', '.gitignore');
  });
  after(async () => {
    dialogs.restore();
    await setSetting('watch.enabled', undefined);
  });

  it('previews the git hook, and changes nothing if dismissed', async () => {
    dialogs.answerWith(({ choices }) => (choices.includes('Show Changes') ? 'Show Changes' : undefined));
    await run('installGitHook');
    assert.match(dialogs.shown[0]?.detail ?? '', /pre-commit/);
    const { document } = vscode.window.activeTextEditor ?? {};
    assert.equal(document?.uri.scheme, PREVIEW_SCHEME);
    assert.match(document.getText(), /^\+.*feature-backups/m);
    assert.equal(existsSync(join(root, '.git/hooks/pre-commit')), false);
  });

  it('installs the git hook, which backs up before a commit made outside the editor', async () => {
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Install Git Hook'));
    await run('installGitHook');
    write(root, "UPDATE features SET name = 'As of the first commit' WHERE id = 21");
    // Graphical git clients run without a useful PATH.
    git('commit', '--message', 'The first commit');
    await until('the backup of the commit is listed', () =>
      (onlyProject(api).overview?.backups ?? []).some(({ reason }) => reason === 'before_commit'),
    );
  });

  it('backs up before a commit made by VS Code, without touching its index and work tree', async () => {
    const repository = await openInBuiltInGit(root);
    write(root, "UPDATE features SET name = 'As of the second commit' WHERE id = 22");
    writeFileSync(join(root, 'staged.txt'), 'staged\n');
    writeFileSync(join(root, 'unstaged.txt'), 'unstaged\n');
    git('add', 'staged.txt');
    await repository.commit('The second commit');
    assert.equal(git('show', '--format=%s', '--name-only', 'HEAD'), 'The second commit\n\nstaged.txt\n');
    assert.match(git('status', '--porcelain'), /^\?\? unstaged\.txt$/m);
    await until('the backup of the commit is listed', () => {
      const backups = onlyProject(api).overview?.backups ?? [];
      return backups.filter(({ reason }) => reason === 'before_commit').length === 2;
    });
  });

  it('reports that the git hook is already installed', async () => {
    dialogs.answerWith(() => undefined);
    await run('installGitHook');
    assert.ok(dialogs.find(/already installed/));
  });

  it('restores the backlog to a commit', async () => {
    write(root, "UPDATE features SET name = 'Much later' WHERE id = 21");
    dialogs.answerWith(({ kind, choices }) =>
      kind === 'pick' ? 'The first commit' : choices.find((choice) => /^Restore \d+ Features$/.test(choice)),
    );
    await run('restoreAtCommit');
    assert.equal(ask(root, "SELECT count(*) FROM features WHERE name = 'As of the first commit'"), 1);
  });

  it('connects Claude Code in the project’s settings, and keeps the other settings', async () => {
    dialogs.answerWith(({ kind, choices }) =>
      kind === 'pick' ? 'Claude Code' : choices.find((choice) => choice === 'Connect Agent'),
    );
    await run('connectAgent');
    const settings = readFileSync(join(root, '.claude/settings.json'), 'utf8');
    assert.match(settings, /hook claude"/);
    await until('the status bar shows the agent', () => (api.statusBar.view?.tooltip ?? '').includes('Claude Code'));
    await run('connectAgent');
    assert.ok(dialogs.find(/already connected/));
  });

  it('warns if Claude Code does not run the hook', async () => {
    const local = join(root, '.claude/settings.local.json');
    writeFileSync(local, '{"disableAllHooks": true}');
    dialogs.answerWith(({ kind }) => (kind === 'pick' ? 'Claude Code' : undefined));
    await run('connectAgent');
    assert.match(dialogs.shown.at(-1)?.message ?? '', /"disableAllHooks" is true in .*settings\.local\.json\. Remove/);
    rmSync(local);
  });

  it('reports that no feature server is configured', async () => {
    dialogs.answerWith(({ kind }) => (kind === 'pick' ? 'MCP client' : undefined));
    await run('connectAgent');
    assert.match(dialogs.shown.at(-1)?.message ?? '', /feature server/);
    assert.deepEqual(dialogs.shown.at(-1)?.choices.at(-1), 'Show Log');
  });

  async function run(name: CommandName): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name]);
  }

  function git(...args: readonly string[]): string {
    const environment = { HOME: process.env.HOME, PATH: '/usr/bin:/bin' };
    return execFileSync('git', args, {
      cwd: root,
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
  }
});

/** The parts of the built-in git extension's interface that a commit needs. */
interface GitExtension {
  getAPI(version: 1): { openRepository(root: vscode.Uri): Promise<GitRepository | null> };
}

interface GitRepository {
  commit(message: string): Promise<void>;
}

async function openInBuiltInGit(root: string): Promise<GitRepository> {
  const extension = vscode.extensions.getExtension<GitExtension>('vscode.git');
  const repository = await (await extension?.activate())?.getAPI(1).openRepository(vscode.Uri.file(root));
  assert.ok(repository, 'VS Code’s git has opened the repository');
  return repository;
}
