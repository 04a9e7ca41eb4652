import assert from 'node:assert/strict';
import { cpSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/contributions.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, setSetting, until } from '../support/extension.js';
import { write } from '../support/writer.js';

describe('a workspace of several folders', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;

  before(async () => {
    api = await activeExtension();
    await setSetting('watch.quietSeconds', 1);
    dialogs.install();
  });
  after(() => dialogs.restore());

  it('lists folders with a database as projects', () => {
    assert.deepEqual(
      api.tree.roots.map((node) => [node.kind, api.tree.getTreeItem(node).label]),
      [
        ['project', 'alpha'],
        ['project', 'beta'],
      ],
    );
  });

  it('asks for the project, and backs it up', async () => {
    dialogs.answerWith(({ kind }) => (kind === 'pick' ? 'beta' : kind === 'input' ? 'the second' : undefined));
    await vscode.commands.executeCommand(COMMANDS.backUpNow);
    assert.equal(backupCount('alpha'), 0);
    assert.equal(backupCount('beta'), 1);
    assert.equal(statusOf(api, folder('beta')), 'healthy');
    assert.equal(statusOf(api, folder('alpha')), 'never-backed-up');
  });

  it('does not ask if the command runs on a project', async () => {
    const [alpha] = api.tree.roots;
    dialogs.answerWith(({ kind }) => (kind === 'input' ? '' : undefined));
    await vscode.commands.executeCommand(COMMANDS.backUpNow, alpha);
    assert.equal(backupCount('alpha'), 1);
    assert.ok(!dialogs.shown.some(({ kind }) => kind === 'pick'));
  });

  it('watches each project, and shows the worst in the status bar', async () => {
    write(folder('alpha'), 'UPDATE features SET priority = 5 WHERE id = 1');
    await until('alpha is backed up', () => backupCount('alpha') === 2);
    assert.equal(backupCount('beta'), 1);
    dialogs.answerWith(() => undefined);
    write(folder('beta'), 'DELETE FROM features WHERE id > 10');
    await until('the loss in beta is detected', () => statusOf(api, folder('beta')) === 'database-shrunk');
    assert.match(api.statusBar.view?.text ?? '', /lost most of its features/);
    assert.equal(statusOf(api, folder('alpha')), 'healthy');
    assert.equal(api.tree.badge?.value, 1);
  });

  it('finds a database that appears later', async () => {
    cpSync(join(folder('alpha'), '.autoforge'), join(folder('gamma'), '.autoforge'), { recursive: true });
    await until('gamma is listed', () => api.projects.states.some(({ root }) => root === folder('gamma')));
    assert.equal(api.tree.roots.length, 3);
  });

  it('reports a database that disappears before its first backup, until it is back', async () => {
    await setSetting('watch.enabled', false);
    dialogs.answerWith(() => undefined);
    assert.equal(backupCount('gamma'), 0);
    const [place, away] = [join(folder('gamma'), '.autoforge'), join(folder('gamma'), 'away')];
    renameSync(place, away);
    await until('the loss is reported', () => statusOf(api, folder('gamma')) === 'database-gone');
    assert.match(
      dialogs.find(/is missing/)?.message ?? '',
      /^gamma: The database is missing\. .* was never backed up; /,
    );
    const row = api.tree.roots[2]?.children[0];
    assert.equal(row && api.tree.getTreeItem(row).label, 'The database is missing');
    assert.match(
      (row && api.tree.getTreeItem(row).accessibilityInformation?.label) ?? '',
      /^Warning: The database is missing\. /,
    );
    renameSync(away, place);
    await until('it is back', () => statusOf(api, folder('gamma')) === 'never-backed-up');
    await setSetting('watch.enabled', undefined);
  });

  function folder(name: string): string {
    const found = vscode.workspace.workspaceFolders?.find((candidate) => candidate.name === name);
    assert.ok(found);
    return found.uri.fsPath;
  }

  function backupCount(name: string): number {
    const state = api.projects.states.find(({ root }) => root === folder(name));
    return state?.overview?.backups.filter(({ kind }) => kind === 'ordinary').length ?? 0;
  }
});
