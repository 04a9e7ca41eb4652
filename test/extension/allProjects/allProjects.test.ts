import assert from 'node:assert/strict';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { backUp, listBackups } from '../../../core/engine.js';
import { realPorts } from '../../../core/system/ports.js';
import { readOpenWorkspaces } from '../../../core/projects/openWorkspaces.js';
import type { AllProjectsNode } from '../../../extension/allProjects/allProjectsView.js';
import { COMMANDS, CONTEXT_KEYS, type CommandName } from '../../../extension/contributions.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { ContextKeys } from '../support/contextKeys.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, onlyProject, until } from '../support/extension.js';
import { makeProject } from '../support/project.js';
import { writeRegistry } from '../support/registry.js';
import { ask, databaseOf, write } from '../support/writer.js';

describe('the view of all projects', () => {
  const dialogs = new Dialogs();
  const keys = new ContextKeys();
  const home = process.env.HOME ?? '';
  const configuration = join(process.env.XDG_CONFIG_HOME ?? '', 'feature-backups', 'config.json');
  let api: ExtensionApi;
  let work: string;

  before(async () => {
    api = await activeExtension();
    work = join(onlyProject(api).root, '..');
    dialogs.install();
    keys.install();
  });
  after(() => {
    dialogs.restore();
    keys.restore();
  });
  beforeEach(() => dialogs.answerWith(() => undefined));

  it('checks no project before it is visible', () => {
    assert.equal(api.allProjects.isListed, false);
    assert.deepEqual(api.allProjectsView.roots, []);
  });

  it('records the open folder for the command line', () => {
    assert.deepEqual(readOpenWorkspaces(realPorts()), [onlyProject(api).root]);
  });

  it('lists the open project if there is no other', async () => {
    await showAll();
    assert.deepEqual(labels(), ['open here']);
  });

  it('shows every known project, worst first, despite unreadable ones', async () => {
    const [well, damaged, broken, bare] = ['well', 'damaged', 'broken', 'bare'].map((name) =>
      makeProject(join(work, name)),
    );
    for (const root of [well, damaged, broken]) await backUp(root, { source: 'cli', reason: 'manual' });
    writeFileSync(databaseOf(damaged ?? ''), Buffer.alloc(16384, 0x55));
    for (const suffix of ['-wal', '-shm']) rmSync(databaseOf(damaged ?? '') + suffix, { force: true });
    writeFileSync(join(broken ?? '', '.feature-backups.json'), '{ "store": 12 }');
    mkdirSync(join(work, 'empty'));
    const names = ['well', 'damaged', 'broken', 'empty', 'gone', 'open here'];
    writeRegistry(home, Object.fromEntries(names.map((name) => [name, join(work, name)])));
    configure({ projects: [bare] });
    await run('refreshAllProjects');
    assert.deepEqual(
      api.allProjectsView.roots.map((node) => [labelOf(node), iconOf(node)]),
      [
        ['damaged', 'error'],
        ['broken', 'error'],
        ['bare', 'warning'],
        ['open here', 'warning'],
        ['well', 'pass'],
        ['empty', 'circle-large-outline'],
        ['gone', 'circle-slash'],
      ],
    );
    assert.deepEqual(problems('damaged'), ['The database is damaged', 'Nothing makes backups automatically']);
    assert.deepEqual(problems('broken'), ['Could not read the project']);
    assert.deepEqual(problems('bare'), ['No backups yet']);
    assert.deepEqual(problems('gone'), []);
    assert.match(description('well'), /^598 features, just now$/);
    assert.equal(description('gone'), 'folder missing');
    assert.equal(api.allProjectsView.message, undefined);
  });

  it('writes nothing into the projects that it checks', () => {
    for (const name of ['bare', 'open here', 'empty'])
      assert.equal(existsSync(join(work, name, '.feature_backups')), false, name);
  });

  it('backs up a project that is not open here', async () => {
    dialogs.answerWith(({ kind }) => (kind === 'input' ? 'from afar' : undefined));
    await run('backUpNow', node('bare'));
    assert.ok(dialogs.find(/Backed up and verified: 598 features/), JSON.stringify(dialogs.shown));
    const { backups } = await listBackups(join(work, 'bare'));
    assert.deepEqual(
      backups.map(({ reason }) => reason),
      ['from_afar'],
    );
    assert.equal(iconOf(node('bare')), 'pass');
  });

  it('test-restores the backups of a project, and shows the time', async () => {
    assert.doesNotMatch(description('well'), /tested/);
    await run('drill', node('well'));
    assert.ok(dialogs.find(/Test restore succeeded: 1 backup of “well”/), JSON.stringify(dialogs.shown));
    assert.match(description('well'), /^598 features, just now · tested just now$/);
  });

  it('verifies the backups of a project', async () => {
    await run('verifyAll', node('well'));
    assert.ok(dialogs.find(/The backup is intact/), JSON.stringify(dialogs.shown));
  });

  it('syncs the backups of a project to its targets, and names them', async () => {
    const usb = join(home, 'usb');
    mkdirSync(usb);
    configure({ projects: [join(work, 'bare')], targets: [{ name: 'usb', folder: usb }] });
    await run('refreshAllProjects');
    assert.match(String(api.allProjectsView.getTreeItem(node('well')).contextValue), /targets/);
    await run('replicate', node('well'));
    assert.ok(dialogs.find(/Synced 1 backup of “well” to “usb”/), JSON.stringify(dialogs.shown));
    assert.match(tooltip('well'), /Target usb: synced just now/);
    assert.match(tooltip('bare'), /Target usb: not synced yet/);
  });

  it('backs up all projects, and reports failures', async () => {
    write(join(work, 'well'), 'UPDATE features SET priority = 4321 WHERE id = 1');
    await run('backUpAllProjects');
    const report = dialogs.find(/ of 5 projects backed up/);
    assert.match(
      report?.message ?? '',
      /^2 of 5 projects backed up, 1 unchanged\. Damaged databases: damaged\. “broken” failed: /,
    );
    assert.equal((await listBackups(join(work, 'well'))).backups.length, 2);
    assert.equal((await listBackups(join(work, 'open here'))).backups.length, 1);
    assert.equal(ask(join(work, 'well'), 'SELECT priority FROM features WHERE id = 1'), 4321);
  });

  it('verifies the backups of all projects', async () => {
    writeFileSync(join(work, 'broken', '.feature-backups.json'), '{}');
    await run('refreshAllProjects');
    await run('verifyAllProjects');
    assert.ok(dialogs.find(/backups of 5 projects are intact/), JSON.stringify(dialogs.shown));
  });

  it('previews a restore in a project that is not open here', async () => {
    write(join(work, 'well'), "UPDATE features SET name = 'Renamed from afar' WHERE id = 5");
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Show Changes'));
    await run('restoreLastGood', node('well'));
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff, JSON.stringify(dialogs.shown));
    const live = await vscode.workspace.openTextDocument(input.original);
    assert.match(live.getText(), /^#5 Renamed from afar$/m);
  });

  it('restores a deleted project from the vault', async () => {
    const root = makeProject(join(work, 'lost'));
    await backUp(root, { source: 'cli', reason: 'kept' });
    const other = makeProject(join(work, 'never backed up'));
    for (const each of [root, other]) rmSync(each, { recursive: true });
    writeRegistry(home, { lost: root, 'never backed up': other });
    await run('refreshAllProjects');
    const contextOf = (name: string): unknown => api.allProjectsView.getTreeItem(node(name)).contextValue;
    assert.deepEqual(['lost', 'never backed up'].map(contextOf), ['goneProject inVault', 'goneProject']);

    dialogs.answerWith(({ kind, choices }) => (kind === 'pick' ? choices[0] : undefined));
    await run('restoreFromVault', node('lost'));
    assert.equal(existsSync(root), false, 'the user dismissed the question');
    assert.ok(dialogs.find(/Restore 598 features/), Dialogs.transcript());
    assert.ok(!dialogs.shown.some(({ choices }) => choices.includes('Show Changes')), 'nothing can be compared');
    dialogs.answerWith(({ kind, choices }) => (kind === 'information' ? undefined : choices[0]));
    await run('restoreFromVault', node('lost'));
    assert.ok(dialogs.find(/Restored and verified/), Dialogs.transcript());
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 598);
    assert.match(String(contextOf('lost')), /^anyProject/);

    dialogs.answerWith(() => undefined);
    await run('restoreFromVault', node('never backed up'));
    assert.ok(dialogs.find(/The vault has no backups of a deleted project in/), Dialogs.transcript());
  });

  it('offers the backups in the vault if an open project was deleted with its own', async () => {
    const root = join(work, 'open here');
    await backUp(root, { source: 'cli', reason: 'kept' });
    const features = ask(root, 'SELECT sum(passes) FROM features');
    const aside = join(work, 'aside');
    mkdirSync(aside);
    const names = ['.autoforge', '.feature_backups'];
    for (const name of names) renameSync(join(root, name), join(aside, name));
    await api.projects.refresh();
    assert.equal(keys.get(CONTEXT_KEYS.state), 'noDatabase');
    assert.equal(keys.get(CONTEXT_KEYS.isDeleted), true);
    dialogs.answerWith(({ kind, choices }) => (kind === 'information' ? undefined : choices[0]));
    await run('restoreFromVault');
    assert.ok(dialogs.find(/Restored and verified/), Dialogs.transcript());
    assert.equal(ask(root, 'SELECT sum(passes) FROM features'), features);
    await until('the project is listed again', () => api.projects.has(root));
    assert.equal(keys.get(CONTEXT_KEYS.isDeleted), false);
    for (const name of names) {
      rmSync(join(root, name), { recursive: true });
      renameSync(join(aside, name), join(root, name));
    }
    await api.projects.refresh();
  });

  it('checks nothing while hidden, and everything when visible again', async () => {
    await vscode.commands.executeCommand('workbench.view.explorer');
    await until('it is hidden', () => !api.allProjectsView.isVisible);
    let changes = 0;
    const subscription = api.allProjects.onDidChange(() => changes++);
    makeProject(join(work, 'late'));
    writeRegistry(home, { late: join(work, 'late') });
    await api.projects.refresh();
    subscription.dispose();
    assert.equal(changes, 0);
    await showAll();
    await until('the new project is listed', () => labels().includes('late'));
  });

  it('keeps its results when it is stopped', async () => {
    await until('no check is running', () => !api.allProjects.isSurveying);
    const listed = labels();
    const refreshed = api.allProjects.refresh();
    await run('stopLooking');
    await refreshed;
    assert.equal(api.allProjects.isSurveying, false);
    assert.deepEqual(labels(), listed);
    assert.ok(listed.length > 2);
  });

  async function showAll(): Promise<void> {
    await run('showAllProjects');
    await until('the projects are listed', () => api.allProjects.isListed && !api.allProjects.isSurveying);
  }

  function configure(content: unknown): void {
    mkdirSync(join(configuration, '..'), { recursive: true });
    writeFileSync(configuration, JSON.stringify(content));
  }

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }

  function node(name: string): AllProjectsNode {
    const found = api.allProjectsView.roots.find((candidate) => labelOf(candidate) === name);
    assert.ok(found, `${name} is not among ${labels().join(', ')}`);
    return found;
  }

  function labels(): readonly unknown[] {
    return api.allProjectsView.roots.map(labelOf);
  }

  function labelOf(candidate: AllProjectsNode): unknown {
    return api.allProjectsView.getTreeItem(candidate).label;
  }

  function iconOf(candidate: AllProjectsNode): string | undefined {
    const { iconPath } = api.allProjectsView.getTreeItem(candidate);
    return iconPath instanceof vscode.ThemeIcon ? iconPath.id : undefined;
  }

  function description(name: string): string {
    return String(api.allProjectsView.getTreeItem(node(name)).description);
  }

  function problems(name: string): readonly unknown[] {
    return api.allProjectsView.getChildren(node(name)).map(labelOf);
  }

  function tooltip(name: string): string {
    const { tooltip: shown } = api.allProjectsView.getTreeItem(node(name));
    return shown instanceof vscode.MarkdownString ? shown.value : '';
  }
});
