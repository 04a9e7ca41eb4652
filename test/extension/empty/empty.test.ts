import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { COMMANDS } from '../../../extension/contributions.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension } from '../support/extension.js';

describe('a window without a folder', () => {
  const dialogs = new Dialogs();
  before(() => dialogs.install());
  after(() => dialogs.restore());

  it('starts without a status bar item and without an engine process', async () => {
    const api = await activeExtension();
    assert.equal(api.statusBar.view, undefined);
    assert.deepEqual(api.tree.roots, []);
    assert.equal(api.engine.pid, undefined);
  });

  it('reports that there is no project when a command runs', async () => {
    await activeExtension();
    dialogs.answerWith(() => undefined);
    await vscode.commands.executeCommand(COMMANDS.backUpNow);
    assert.match(dialogs.shown[0]?.message ?? '', /No feature database found/);
    await vscode.commands.executeCommand(COMMANDS.openConfiguration);
    assert.match(dialogs.shown[1]?.message ?? '', /Open a project folder first/);
  });
});
