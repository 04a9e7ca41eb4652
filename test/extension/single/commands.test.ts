import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS, DOCUMENT_SCHEME, type CommandName } from '../../../extension/contributions.js';
import type { BackupNode, TreeNode } from '../../../extension/model/treeNodes.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, write } from '../support/writer.js';

describe('the commands', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    // Each test makes its own backups.
    await setSetting('watch.enabled', false);
    dialogs.install();
  });
  after(async () => {
    dialogs.restore();
    await setSetting('watch.enabled', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('backs up with the given note', async () => {
    dialogs.answerWith(({ kind }) => (kind === 'input' ? 'before the big refactoring' : undefined));
    await run('backUpNow');
    const [backup] = ordinary();
    assert.equal(backup?.reason, 'before_the_big_refactoring');
    assert.equal(backup.metadata?.source, 'editor');
    assert.deepEqual(backup.counts, { total: 598, passing: 200, inProgress: 0 });
    assert.ok(dialogs.find(/598 features, 200 passing/));
    assert.equal(statusOf(api), 'healthy');
    assert.match(api.statusBar.view?.text ?? '', /1 backup, just now/);
  });

  it('makes no second backup of an unchanged database, and reports that', async () => {
    dialogs.answerWith(({ kind }) => (kind === 'input' ? '' : undefined));
    await run('backUpNow');
    assert.equal(ordinary().length, 1);
    assert.ok(dialogs.find(/No changes since the last backup/));
  });

  it('makes no backup if the note is dismissed', async () => {
    change('UPDATE features SET priority = 1000 WHERE id = 1');
    dialogs.answerWith(() => undefined);
    await run('backUpNow');
    assert.equal(ordinary().length, 1);
  });

  it('opens a backup as read-only text, one block per feature', async () => {
    await run('openBackup', row(ordinary()[0]));
    const { document } = shownEditor();
    assert.equal(document.uri.scheme, DOCUMENT_SCHEME);
    assert.match(document.getText(), /^#1 .*\n {2}Status: passing\n/);
    assert.equal(document.getText().match(/^#\d+ /gm)?.length, 598);
    assert.equal(document.languageId, 'featureBacklog');
  });

  it('compares with the current backlog in the diff editor, and updates when it changes', async () => {
    await run('compareWithCurrent', row(ordinary()[0]));
    const diff = shownDiff();
    const now = await vscode.workspace.openTextDocument(diff.modified);
    const before = await vscode.workspace.openTextDocument(diff.original);
    assert.match(before.getText(), /^#1 [^]*?Priority: 1\n/);
    assert.match(now.getText(), /^#1 [^]*?Priority: 1000\n/);
    change('UPDATE features SET priority = 2000 WHERE id = 1');
    await until('the open diff shows the new priority', () => /^#1 [^]*?Priority: 2000\n/.test(now.getText()));
  });

  it('compares with the previous backup', async () => {
    await backUp('second');
    const [newest, older] = ordinary();
    await run('compareWithPrevious', row(newest));
    assert.deepEqual(statesOf(shownDiff()), [older?.id, newest?.id]);
  });

  it('reports that there is no previous backup', async () => {
    dialogs.answerWith(() => undefined);
    await run('compareWithPrevious', row(ordinary().at(-1)));
    assert.ok(dialogs.find(/No earlier backup/));
  });

  it('compares two selected backups, the older on the left', async () => {
    const [newest, older] = ordinary();
    await run('compareTwo', row(newest), [row(newest), row(older)]);
    assert.deepEqual(statesOf(shownDiff()), [older?.id, newest?.id]);
  });

  it('asks for both backups when it runs from the palette', async () => {
    let asked = 0;
    dialogs.answerWith(({ kind, choices }) => (kind === 'pick' && asked++ < 2 ? choices[0] : undefined));
    await run('compareTwo');
    assert.equal(asked, 2);
    assert.deepEqual(new Set(statesOf(shownDiff())), new Set(ordinary().map(({ id }) => id)));
  });

  it('pins, and unpins several at once', async () => {
    const [newest, older] = ordinary();
    await run('pin', row(newest), [row(newest), row(older)]);
    assert.deepEqual(
      ordinary().map(({ metadata }) => metadata?.pinned),
      [true, true],
    );
    assert.match(
      rowOf(newest)?.kind === 'backup' ? (api.tree.getTreeItem(row(ordinary()[0])).contextValue ?? '') : '',
      /pinned/,
    );
    await run('unpin', row(newest), [row(newest), row(older)]);
    assert.deepEqual(
      ordinary().map(({ metadata }) => metadata?.pinned),
      [false, false],
    );
  });

  it('verifies one backup and all backups', async () => {
    dialogs.answerWith(() => undefined);
    await run('verify', row(ordinary()[0]));
    assert.ok(dialogs.find(/The backup is intact/));
    await run('verifyAll');
    assert.ok(dialogs.find(/All 2 backups are intact/));
  });

  it('names a damaged backup, and counts it as a problem', async () => {
    const backup = await backUpState('third', 'UPDATE features SET priority = 3000 WHERE id = 1');
    const bytes = readFileSync(backup.path);
    bytes.fill(0x55, 8192, 16384);
    writeFileSync(backup.path, bytes, { flag: 'r+' });
    dialogs.answerWith(() => undefined);
    await run('verify', row(backup));
    assert.ok(dialogs.find(/is damaged/), JSON.stringify(dialogs.shown));
    assert.match(api.tree.getTreeItem(row(ordinary()[0])).contextValue ?? '', /damaged/);
    assert.equal(api.tree.badge?.value, 1);
  });

  it('deletes a backup after confirmation', async () => {
    const [damaged] = ordinary();
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Delete Backup'));
    await run('delete', row(damaged));
    assert.equal(ordinary().length, 2);
    assert.equal(existsSync(damaged?.path ?? ''), false);
    assert.equal(api.tree.badge, undefined);
  });

  it('deletes the selection of the view with its key binding', async () => {
    const deleted = await backUpState('doomed', 'UPDATE features SET priority = 3500 WHERE id = 1');
    await run('showBackups');
    assert.ok(await api.tree.reveal(root, deleted.id));
    await until('it is selected', () => api.tree.selection.length === 1);
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Delete Backup'));
    await run('delete', { isOnSelection: true });
    assert.equal(existsSync(deleted.path), false);
    assert.equal(ordinary().length, 2);
  });

  it('deletes nothing if the question is dismissed', async () => {
    dialogs.answerWith(() => undefined);
    await run('delete', row(ordinary()[0]));
    assert.equal(ordinary().length, 2);
    assert.equal(dialogs.shown.length, 1);
  });

  it('prunes nothing that the retention policy keeps', async () => {
    dialogs.answerWith(() => undefined);
    await run('cleanUp');
    assert.ok(dialogs.find(/Nothing to prune/));
  });

  it('prunes what the retention policy does not keep, after a preview', async () => {
    const configuration = join(root, '.feature-backups.json');
    writeFileSync(configuration, '{ "retention": { "keepLast": 1, "keepDaily": 0, "keepWeekly": 0 } }');
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Prune 1 Backup'));
    await run('cleanUp');
    writeFileSync(configuration, '{}');
    assert.match(dialogs.shown[0]?.detail ?? '', /This keeps 1 backup/);
    assert.equal(ordinary().length, 1);
  });

  it('copies the paths of all selected backups', async () => {
    const [only] = ordinary();
    await run('copyPath', row(only));
    assert.equal(await vscode.env.clipboard.readText(), only?.path);
  });

  it('filters the tree by words, and clears the filter', async () => {
    await backUpState('a filtered one', 'UPDATE features SET priority = 4000 WHERE id = 1');
    dialogs.answerWith(({ kind }) => (kind === 'input' ? 'FILTERED one' : undefined));
    await run('filter');
    assert.deepEqual(labels(), ['a filtered one']);
    dialogs.answerWith(({ kind }) => (kind === 'input' ? 'no such word' : undefined));
    await run('filter');
    assert.deepEqual(labels(), ['No backups match the filter']);
    await run('clearFilter');
    assert.equal(labels().length, 2);
  });

  it('opens the configuration', async () => {
    await run('openConfiguration');
    assert.equal(shownEditor().document.uri.fsPath, join(root, '.feature-backups.json'));
    assert.equal(shownEditor().document.languageId, 'jsonc');
  });

  it('shows the available actions on a click on the status bar item', async () => {
    dialogs.answerWith(() => undefined);
    await run('showActions');
    const [menu] = dialogs.shown;
    assert.match(menu?.message ?? '', /No problems/);
    for (const title of ['Back Up Now', 'Restore Backup…', 'Restore Last Good Backup', 'Show Log']) {
      assert.ok(
        menu?.choices.some((choice) => choice.includes(title)),
        title,
      );
    }
  });

  it('reports that a backup no longer exists, and offers the log', async () => {
    dialogs.answerWith(() => undefined);
    await run('openBackup', { root, id: 'features_1_20200101-000000_gone' });
    const notification = dialogs.find(/no longer exists/);
    assert.deepEqual(notification?.choices, ['Show Log']);
  });

  for (const name of ['showLog', 'showBackups', 'refresh', 'openSettings', 'revealInFileExplorer'] as const) {
    it(`runs ${name} without an error`, async () => {
      dialogs.answerWith(() => undefined);
      await run(name, ...(name === 'revealInFileExplorer' ? [row(ordinary()[0])] : []));
      assert.deepEqual(dialogs.shown, []);
    });
  }

  function ordinary(): readonly Backup[] {
    return (onlyProject(api).overview?.backups ?? []).filter(({ kind }) => kind === 'ordinary');
  }

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }

  function change(sql: string): void {
    write(root, sql);
  }

  async function backUp(reason: string): Promise<void> {
    await api.projects.get(root).backUp({ source: 'editor', reason });
  }

  async function backUpState(reason: string, sql: string): Promise<Backup> {
    change(sql);
    await backUp(reason);
    const [newest] = ordinary();
    assert.ok(newest);
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 598);
    return newest;
  }

  /** The tree's node for a backup, as a context menu passes it to a command. */
  function row(backup: Backup | undefined): BackupNode {
    const found = rowOf(backup);
    assert.ok(found?.kind === 'backup', `no row of ${String(backup?.id)}`);
    return found;
  }

  function rowOf(backup: Backup | undefined): TreeNode | undefined {
    return flatten(api.tree.roots).find((node) => node.kind === 'backup' && node.backup.id === backup?.id);
  }

  function labels(): readonly unknown[] {
    return flatten(api.tree.roots)
      .filter(({ kind }) => kind === 'backup' || kind === 'note')
      .map((node) => api.tree.getTreeItem(node).label);
  }
});

function flatten(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}

function shownEditor(): vscode.TextEditor {
  const editor = vscode.window.activeTextEditor;
  assert.ok(editor, 'no editor is open');
  return editor;
}

function shownDiff(): vscode.TabInputTextDiff {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  assert.ok(input instanceof vscode.TabInputTextDiff, 'no diff is open');
  return input;
}

function statesOf({ original, modified }: vscode.TabInputTextDiff): readonly unknown[] {
  return [original, modified].map(({ query }) => (JSON.parse(query) as { state: { id?: string } }).state.id);
}
