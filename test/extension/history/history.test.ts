import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { backUp, listHistory } from '../../../core/engine.js';
import { COMMANDS, type CommandName } from '../../../extension/contributions.js';
import { momentText } from '../../../extension/model/momentInput.js';
import type { BackupNode, HistoryDayNode, HistoryNode } from '../../../extension/model/treeNodes.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, write } from '../support/writer.js';
import * as vscode from 'vscode';

const KEPT = 3;
const RETENTION = { keepLast: KEPT, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };

/** Local times at which feature 5 got the priority 1,001, 1,002 and so on; the last ones stay backups. */
const WRITES: readonly (readonly [daysAgo: number, hour: number, minute: number])[] = [
  [4, 9, 0],
  [4, 9, 1],
  [4, 17, 30],
  [1, 10, 15],
  [1, 10, 16],
  [1, 11, 0],
  [0, 0, 0],
  [0, 0, 1],
  [0, 0, 2],
];

describe('the history in VS Code', () => {
  const dialogs = new Dialogs();
  const now = new Date();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    await setSetting('watch.enabled', false);
    writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ retention: RETENTION }));
    for (const index of WRITES.keys()) await makeState(index);
    await api.projects.refresh();
    dialogs.install();
  });
  after(() => dialogs.restore());
  afterEach(() => {
    api.tree.filter = '';
  });

  it('is a collapsed group below the backups, with pruned states by day', async () => {
    const { states } = await listHistory(root);
    assert.equal(states.length, WRITES.length - KEPT, 'the engine has folded what it pruned');
    const group = historyGroup();
    assert.equal(group.description, `${states.length} states`);
    assert.equal(api.tree.getTreeItem(group).collapsibleState, vscode.TreeItemCollapsibleState.Collapsed);
    assert.deepEqual(group.children, [], 'nothing is loaded before it is opened');
    const days = await daysOf();
    assert.deepEqual(
      days.map(({ description }) => description),
      ['3', '3'],
    );
    assert.equal(days[0]?.label, 'Yesterday');
    const rows = (await api.tree.getChildren(days[0])).map((node) => api.tree.getTreeItem(node));
    assert.deepEqual(
      rows.map(({ label, contextValue }) => [label, contextValue]),
      [6, 5, 4].map((feature) => [`before mark passing #${feature}`, 'backup history readable']),
    );
  });

  it('opens a state, with its date and time in the title', async () => {
    const state = await stateOfWrite(2);
    await run('openBackup', state);
    const document = vscode.window.activeTextEditor?.document;
    assert.match(document?.getText() ?? '', /Priority: 1002/);
    const title = document?.uri.path ?? '';
    assert.ok(title.includes(String(timeOf(1).getFullYear())) && !title.includes(' ago'), title);
  });

  it('compares a state with the current backlog', async () => {
    await run('compareWithCurrent', await stateOfWrite(4));
    assert.deepEqual(await shownPriorities(), ['1004', '1009']);
  });

  it('compares two states, the older on the left', async () => {
    const [older, newer] = [await stateOfWrite(2), await stateOfWrite(4)];
    await run('compareTwo', newer, [newer, older]);
    assert.deepEqual(await shownPriorities(), ['1002', '1004']);
  });

  it('compares a state with the previous one', async () => {
    await run('compareWithPrevious', await stateOfWrite(4));
    assert.deepEqual(await shownPriorities(), ['1003', '1004']);
  });

  it('finds the state before the oldest backup in the history', async () => {
    const oldest = onlyProject(api)
      .overview?.backups.filter(({ kind }) => kind === 'ordinary')
      .at(-1);
    await run('compareWithPrevious', { root, id: oldest?.id });
    assert.deepEqual(await shownPriorities(), ['1006', '1007']);
  });

  it('filters states, and reports if none match', async () => {
    api.tree.filter = 'passing #5';
    const days = await daysOf();
    assert.deepEqual(
      days.map(({ label, description, children }) => [label, description, children.length]),
      [['Yesterday', '1 of 3', 1]],
    );
    api.tree.filter = 'never written';
    const [only, ...others] = await api.tree.getChildren(historyGroup());
    assert.deepEqual(others, []);
    assert.equal(only?.kind === 'note' && only.label, 'No history states match the filter');
  });

  it('refuses file commands on a state, and explains why', async () => {
    const state = await stateOfWrite(1);
    for (const name of ['pin', 'delete', 'copyPath', 'revealInFileExplorer'] as const) {
      dialogs.answerWith(() => undefined);
      await run(name, state);
      await until(`${name} is refused`, () => dialogs.find(/has no file/) !== undefined);
    }
    assert.equal((await listHistory(root)).states.length, WRITES.length - KEPT);
    await run('copyId', state);
    assert.equal(await vscode.env.clipboard.readText(), state.backup.id);
  });

  it('restores a state from the history, and undoes the restore', async () => {
    const state = await stateOfWrite(3);
    dialogs.answerWith(({ choices }) => choices.find((choice) => /^Restore 598 Features$/.test(choice)));
    await run('restore', state);
    assert.match(dialogs.shown[0]?.detail ?? '', /^Changes 1 feature\./);
    assert.ok(dialogs.find(/Restored and verified “.*”: 598 features/));
    assert.equal(priority(), 1003);
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Undo Restore'));
    await run('undoLastRestore', { root });
    assert.equal(priority(), 1009);
  });

  it('restores the backlog to a point in time', async () => {
    const moment = timeOf(4);
    dialogs.answerWith(({ kind, choices }) =>
      kind === 'input' ? momentText(moment) : choices.find((choice) => /^Restore 598 Features$/.test(choice)),
    );
    await run('restoreAtTime', { root });
    assert.match(
      dialogs.shown[0]?.detail ?? '',
      /^Restores “before mark passing #\d”: (To|Yester)day, /,
      'the input box shows what the suggested time would restore',
    );
    assert.equal(priority(), 1005, 'a minute counts to its end');
    assert.match(dialogs.find(/^Restore 598/)?.message ?? '', /before mark passing #5/);
  });

  it('rejects invalid times and times before the oldest state', async () => {
    for (const [typed, message] of [
      ['2001-01-01 00:00', /No backup of “long life” from .*2001/],
      ['tomorrow', /“tomorrow” is not a date and time/],
    ] as const) {
      dialogs.answerWith(({ kind }) => (kind === 'input' ? typed : undefined));
      await run('restoreAtTime', { root });
      await until('the message is shown', () => dialogs.find(message) !== undefined);
    }
    assert.equal(priority(), 1005);
  });

  it('updates when another state is archived', async () => {
    await makeState(WRITES.length);
    await until('another backup is listed', () => historyGroup().description === `${WRITES.length - KEPT + 1} states`);
    const counts = (await daysOf()).map(({ description }) => Number(description));
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      WRITES.length - KEPT + 1,
    );
  });

  it('shows that part of it is unreadable', async () => {
    const [state] = (await listHistory(root)).states;
    const segment = state?.history?.segmentPath ?? '';
    const content = readFileSync(segment);
    writeFileSync(segment, Buffer.concat([Buffer.alloc(64), content.subarray(64)]));
    const [note, ...others] = await api.tree.getChildren(historyGroup());
    assert.equal(note?.kind === 'note' && note.label, 'Part of the history is unreadable');
    assert.deepEqual(others, []);
    writeFileSync(segment, content);
    assert.equal((await daysOf()).length, 3);
  });

  /** Writes like an agent and backs up like the tap, at a time in the past. */
  async function makeState(index: number): Promise<void> {
    write(root, `UPDATE features SET priority = ${1_001 + index} WHERE id = 5`);
    const trigger = { source: 'mcp', reason: 'before_mark_passing', detail: `feature ${index + 1}` } as const;
    const outcome = await backUp(root, trigger, { ports: { now: () => timeOf(index) } });
    assert.equal(outcome.status, 'created');
  }

  function timeOf(index: number): Date {
    const [daysAgo, hour, minute] = WRITES[index] ?? [0, 0, 0];
    return new Date(now.getFullYear(), now.getMonth(), now.getDate() - daysAgo, hour, minute, 20);
  }

  function historyGroup(): HistoryNode {
    const group = api.tree.roots.find((node) => node.kind === 'history');
    assert.ok(group, api.tree.roots.map(({ kind }) => kind).join());
    return group;
  }

  async function daysOf(): Promise<readonly HistoryDayNode[]> {
    const days = await api.tree.getChildren(historyGroup());
    return days.filter((node) => node.kind === 'historyDay');
  }

  async function stateOfWrite(count: number): Promise<BackupNode> {
    for (const day of await daysOf()) {
      const states = (await api.tree.getChildren(day)).filter((node) => node.kind === 'backup');
      const found = states.find(({ backup }) => backup.createdAt.getTime() === timeOf(count - 1).getTime());
      if (found !== undefined) return found;
    }
    throw new Error(`The state of write ${count} is not in the history`);
  }

  function priority(): number {
    return ask(root, 'SELECT priority FROM features WHERE id = 5');
  }

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }
});

/** Of feature 5, on both sides of the diff that is shown. */
async function shownPriorities(): Promise<readonly (string | undefined)[]> {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  assert.ok(input instanceof vscode.TabInputTextDiff);
  const sides = await Promise.all(
    [input.original, input.modified].map(async (uri) => (await vscode.workspace.openTextDocument(uri)).getText()),
  );
  return sides.map((text) => /^#5 .*?^ {2}Priority: (\d+)/ms.exec(text)?.[1]);
}
