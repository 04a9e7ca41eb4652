import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { realPorts } from '../../../core/system/ports.js';
import { readOpenWorkspaces } from '../../../core/projects/openWorkspaces.js';
import { COMMANDS, DOCUMENT_SCHEME, type CommandName } from '../../../extension/contributions.js';
import type { TreeNode } from '../../../extension/model/treeNodes.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, onlyProject, setSetting, until } from '../support/extension.js';
import { write } from '../support/writer.js';
import * as vscode from 'vscode';

const JOBS = ['drill', 'replicate', 'backUpAllProjects', 'verifyAllProjects'] as const;

describe('an untrusted workspace', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async function () {
    // The test driver of a downloaded VS Code trusts every workspace.
    if (vscode.workspace.isTrusted && process.env.VSCODE_HOST_UNTRUSTED === undefined) this.skip();
    assert.equal(vscode.workspace.isTrusted, false);
    api = await activeExtension();
    ({ root } = onlyProject(api));
    dialogs.install();
  });
  after(() => dialogs.restore());

  it('lists existing backups', () => {
    assert.deepEqual(flatten(api.tree.roots).filter(({ kind }) => kind === 'backup').length, 1);
  });

  it('opens and compares backups', async () => {
    const id = onlyProject(api).overview?.backups[0]?.id;
    await vscode.commands.executeCommand(COMMANDS.compareWithCurrent, { root, id });
    assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, DOCUMENT_SCHEME);
  });

  for (const name of ['backUpNow', 'restoreLastGood', 'verifyAll', 'cleanUp', 'delete', 'pin', ...JOBS] as const) {
    it(`refuses ${name}, explains why, and offers to manage workspace trust`, async () => {
      const before = filesIn(root);
      dialogs.answerWith(() => undefined);
      await run(name);
      assert.deepEqual(
        dialogs.shown.map(({ choices }) => choices),
        [['Manage Workspace Trust']],
      );
      assert.match(dialogs.shown[0]?.message ?? '', /writes nothing/);
      assert.deepEqual(filesIn(root), before);
    });
  }

  it('runs no schedule, and is not recorded as an open workspace', async () => {
    const before = filesIn(root);
    const claimed = { 'scheduled-backup': { claimedDueAt: new Date(Date.now() - 2 * 3_600_000).toISOString() } };
    writeFileSync(`${root}/.feature_backups/.jobs.json`, JSON.stringify(claimed));
    writeFileSync(`${root}/.feature-backups.json`, '{ "schedule": { "backup": "0 * * * *" } }');
    await api.scheduler.runDue();
    rmSync(`${root}/.feature-backups.json`);
    rmSync(`${root}/.feature_backups/.jobs.json`);
    assert.deepEqual(filesIn(root), before);
    assert.deepEqual(readOpenWorkspaces(realPorts()), []);
  });

  it('offers no writing command in the status bar', async () => {
    dialogs.answerWith(() => undefined);
    await run('showActions');
    const [menu] = dialogs.shown;
    assert.ok(menu && menu.choices.length > 1, JSON.stringify(dialogs.shown));
    assert.deepEqual(
      menu.choices.filter((choice) => /Back Up|Restore/.test(choice)),
      [],
    );
  });

  it('writes nothing when the database changes', async () => {
    await setSetting('watch.quietSeconds', 1);
    const before = filesIn(`${root}/.feature_backups`);
    write(root, 'UPDATE features SET priority = 5 WHERE id = 1');
    const overview = onlyProject(api).overview;
    await until('the change is detected', () => onlyProject(api).overview !== overview);
    // Longer than the quiet time after which a trusted workspace is backed up.
    await new Promise((resolve) => setTimeout(resolve, 2500));
    assert.deepEqual(filesIn(`${root}/.feature_backups`), before);
  });

  async function run(name: CommandName): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name]);
  }
});

function filesIn(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
}

function flatten(nodes: readonly TreeNode[]): readonly TreeNode[] {
  return nodes.flatMap((node) => [node, ...flatten(node.children)]);
}
