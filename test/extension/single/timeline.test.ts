import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS, TIMELINE_VIEW } from '../../../extension/contributions.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import type { TimelinePanel } from '../../../extension/timeline/timelinePanel.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, onlyProject, setSetting, until } from '../support/extension.js';
import { write } from '../support/writer.js';

describe('the timeline', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    await setSetting('watch.enabled', false);
    dialogs.install();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    for (const priority of [7001, 7002]) await backUpState(priority);
  });
  after(async () => {
    dialogs.restore();
    await setSetting('watch.enabled', undefined);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('opens in an editor tab and draws every backup', async () => {
    await showTimeline();
    await drawn(backups().length);
    assert.equal(timelineTabs().length, 1);
  });

  it('shows the open tab when the command runs again', async () => {
    await showTimeline();
    assert.equal(timelineTabs().length, 1);
  });

  it('draws a new backup', async () => {
    const before = backups().length;
    await backUpState(7003);
    await drawn(before + 1);
  });

  it('shows a backup in the tree when its point is clicked', async () => {
    const backup = backups().at(-1);
    assert.ok(backup);
    await panel().receive({ type: 'reveal', id: backup.id });
    await until('it is selected', () => selectedIds().includes(backup.id));
  });

  it('clears the filter to show a hidden backup', async () => {
    const [newest] = backups();
    assert.ok(newest);
    api.tree.filter = 'nothing is called like this';
    await panel().receive({ type: 'reveal', id: newest.id });
    assert.equal(api.tree.filter, '');
    await until('it is selected', () => selectedIds().includes(newest.id));
  });

  it('compares two selected backups in the diff editor', async () => {
    const [newest, older] = backups().filter(({ kind }) => kind === 'ordinary');
    await panel().receive({ type: 'compare', ids: [older?.id, newest?.id] });
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    assert.ok(input instanceof vscode.TabInputTextDiff, 'no diff is open');
    const ids = [input.original, input.modified].map(
      ({ query }) => (JSON.parse(query) as { state: { id?: string } }).state.id,
    );
    assert.deepEqual(ids, [older?.id, newest?.id]);
  });

  it('is drawn again when its tab becomes visible', async () => {
    await until('the diff replaces the tab', () => panel().drawnPointCount === undefined);
    await showTimeline();
    await drawn(backups().length);
  });

  it('ignores invalid messages', async () => {
    dialogs.answerWith(() => undefined);
    const before = backups().length;
    for (const message of [undefined, { type: 'delete', id: backups()[0]?.id }, { type: 'reveal', id: 12 }]) {
      await panel().receive(message);
    }
    assert.equal(backups().length, before);
    assert.deepEqual(dialogs.shown, []);
  });

  it('closes with its tab, and can be opened again', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('it has disappeared', () => api.timelines.get(root) === undefined);
    await showTimeline();
    await drawn(backups().length);
  });

  function backups(): readonly Backup[] {
    return onlyProject(api).overview?.backups ?? [];
  }

  async function backUpState(priority: number): Promise<void> {
    write(root, `UPDATE features SET priority = ${priority} WHERE id = 7`);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'for_the_timeline' });
  }

  async function showTimeline(): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS.showTimeline);
  }

  function panel(): TimelinePanel {
    const open = api.timelines.get(root);
    assert.ok(open, 'no timeline is open');
    return open;
  }

  async function drawn(count: number): Promise<void> {
    await until(`${count} points are drawn`, () => panel().drawnPointCount === count);
  }

  function selectedIds(): readonly string[] {
    return api.tree.selection.flatMap((node) => (node.kind === 'backup' ? [node.backup.id] : []));
  }
});

function timelineTabs(): readonly vscode.Tab[] {
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .filter(({ input }) => input instanceof vscode.TabInputWebview && input.viewType.endsWith(TIMELINE_VIEW));
}
