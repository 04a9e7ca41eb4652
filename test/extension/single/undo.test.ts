import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS, CONTEXT_KEYS, type CommandName } from '../../../extension/contributions.js';
import type { TreeNode } from '../../../extension/model/treeNodes.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { ContextKeys } from '../support/contextKeys.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, databaseOf, write } from '../support/writer.js';

describe('undoing a restore of a damaged database that the watcher has saved', () => {
  const dialogs = new Dialogs();
  const contextKeys = new ContextKeys();
  let api: ExtensionApi;
  let root: string;
  let damageCount = 0;
  let damage: Buffer;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    dialogs.install();
    contextKeys.install();
    await setSetting('watch.quietSeconds', 1);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'the good state' });
  });
  after(async () => {
    contextKeys.restore();
    dialogs.restore();
    await setSetting('watch.quietSeconds', undefined);
  });
  beforeEach(async () => {
    for (const { id } of emergencies()) await api.engine.call('delete', { root, id, force: true });
    await api.projects.get(root).refresh();
  });
  afterEach(async () => {
    const id = onlyProject(api).overview?.lastGoodId;
    assert.ok(id);
    await api.engine.call('restore', { root, id, force: true });
    await api.projects.get(root).refresh();
    await until('everything is backed up', () => onlyProject(api).overview?.live?.changed === false);
  });

  it('works from the button of the restore notification', async () => {
    await restoreOverDamage(/^Undo$|^Undo Restore$/);
    await assertUndone();
  });

  it('works from the palette, which offers it only after a restore', async () => {
    assert.equal(contextKeys.get(CONTEXT_KEYS.canUndo), false);
    await restoreOverDamage();
    assert.equal(contextKeys.get(CONTEXT_KEYS.canUndo), true);
    dialogs.answerWith(press(/^Undo Restore$/));
    await run('undoLastRestore');
    await assertUndone();
  });

  it('works from the group of emergency backups in the tree', async () => {
    await causeDamage();
    const contextValue = async (): Promise<unknown> => api.tree.getTreeItem(await emergencyGroup()).contextValue;
    assert.equal(await contextValue(), 'emergencyGroup', 'the row has no button');
    await restoreLastGood();
    assert.equal(await contextValue(), 'undoableGroup', 'the row has the button');
    dialogs.answerWith(press(/^Undo Restore$/));
    await run('undoLastRestore', await emergencyGroup());
    await assertUndone();
  });

  it('works from the menu of the status bar, which offers it only after a restore', async () => {
    dialogs.answerWith(() => undefined);
    await run('showActions');
    assert.doesNotMatch(dialogs.shown[0]?.choices.join() ?? '', /Undo Last Restore/);
    await restoreOverDamage();
    dialogs.answerWith(({ kind, choices }) =>
      kind === 'pick' ? 'Undo Last Restore' : choices.find((choice) => choice === 'Undo Restore'),
    );
    await run('showActions');
    await assertUndone();
  });

  it('undoes the last restore, not an earlier one, and can itself be undone', async () => {
    write(root, 'UPDATE features SET priority = 2222 WHERE id = 9');
    await restoreLastGood();
    await restoreOverDamage();
    dialogs.answerWith(press(/^Undo Restore$/));
    await run('undoLastRestore');
    await assertUndone();
    await run('undoLastRestore');
    assert.equal(statusOf(api), 'healthy');
    assert.notEqual(ask(root, 'SELECT priority FROM features WHERE id = 9'), 2222);
  });

  it('is offered if unreadable metadata makes the backup ambiguous, and reports that', async () => {
    await restoreOverDamage();
    const [kept] = emergencies();
    assert.ok(kept);
    const path = kept.path.replace(/\.db$/, '.json');
    const metadata = readFileSync(path);
    writeFileSync(path, '{');
    try {
      await api.projects.get(root).refresh();
      dialogs.answerWith(({ kind }) => (kind === 'pick' ? 'Undo Last Restore' : undefined));
      await run('showActions');
      await until('the reason is reported', () => dialogs.find(/metadata of .* cannot be read/) !== undefined);
      assert.equal(statusOf(api), 'metadata-unreadable');
    } finally {
      writeFileSync(path, metadata);
    }
  });

  /** Different bytes each time, so that no emergency backup has the same content. */
  async function causeDamage(): Promise<void> {
    damageCount += 1;
    damage = Buffer.alloc(16_384, damageCount);
    for (const suffix of ['-wal', '-shm']) rmSync(databaseOf(root) + suffix, { force: true });
    writeFileSync(databaseOf(root), damage);
    await until('the watcher has saved the damaged database', () => emergencies().at(0)?.metadata?.source === 'watch');
  }

  async function restoreOverDamage(alsoPressed?: RegExp): Promise<void> {
    await causeDamage();
    await restoreLastGood(alsoPressed);
  }

  async function restoreLastGood(alsoPressed?: RegExp): Promise<void> {
    dialogs.answerWith(
      ({ choices }) =>
        choices.find((choice) => /^Restore \d+ Features$/.test(choice)) ??
        choices.find((choice) => alsoPressed?.test(choice)),
    );
    await run('restoreLastGood');
    assert.ok(dialogs.find(/^Restored and verified/));
  }

  async function assertUndone(): Promise<void> {
    await until('the damage is back', () => readFileSync(databaseOf(root)).equals(damage));
    await until('the undo is reported', () => dialogs.find(/^Restore undone/) !== undefined);
  }

  function emergencies(): readonly Backup[] {
    return (onlyProject(api).overview?.backups ?? []).filter(({ kind }) => kind === 'emergency');
  }

  async function emergencyGroup(): Promise<TreeNode> {
    const group = (await api.tree.getChildren()).find((node) => node.kind === 'group' && node.isEmergency);
    assert.ok(group);
    return group;
  }

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }
});

/** Clicks this button in every dialog that has it. */
function press(button: RegExp) {
  return ({ choices }: { readonly choices: readonly string[] }): string | undefined =>
    choices.find((choice) => button.test(choice));
}
