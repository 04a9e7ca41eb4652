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

describe('a workspace that is not trusted', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async function () {
    // A downloaded VS Code cannot be started so: its test driver trusts everything.
    if (vscode.workspace.isTrusted && process.env.VSCODE_HOST_UNTRUSTED === undefined) this.skip();
    assert.equal(vscode.workspace.isTrusted, false);
    api = await activeExtension();
    ({ root } = onlyProject(api));
    dialogs.install();
  });
  after(() => dialogs.restore());

  it('lists the backups that are there', () => {
    assert.deepEqual(flatten(api.tree.roots).filter(({ kind }) => kind === 'backup').length, 1);
  });

  it('compares and shows', async () => {
    const id = onlyProject(api).overview?.backups[0]?.id;
    await vscode.commands.executeCommand(COMMANDS.compareWithCurrent, { root, id });
    assert.equal(vscode.window.activeTextEditor?.document.uri.scheme, DOCUMENT_SCHEME);
  });

  for (const name of ['backUpNow', 'restoreLastGood', 'verifyAll', 'cleanUp', 'delete', 'pin', ...JOBS] as const) {
    it(`refuses ${name}, says why, and offers to manage the trust`, async () => {
      const before = filesIn(root);
      dialogs.answerWith(() => undefined);
      await run(name);
      assert.deepEqual(
        dialogs.shown.map(({ choices }) => choices),
        [['Manage Workspace Trust']],
      );
      assert.match(dialogs.shown[0]?.message ?? '', /nothing is written/);
      assert.deepEqual(filesIn(root), before);
    });
  }

  it('runs no schedule, and is not named to what works on all projects', async () => {
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

  it('offers no writing command at the status bar', async () => {
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
    const looked = onlyProject(api).overview;
    await until('the change is seen', () => onlyProject(api).overview !== looked);
    // Longer than the quiet time: a backup would have been made by now.
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
