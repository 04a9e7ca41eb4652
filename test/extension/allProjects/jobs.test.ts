import assert from 'node:assert/strict';
import {
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { Backup } from '../../../core/store/backup.js';
import { realPorts, withStoreLock } from '../../../core/system/index.js';
import { EXTENSION_ID } from '../../../extension/commands/commandTitle.js';
import { COMMANDS, type CommandName } from '../../../extension/contributions.js';
import { EngineProcess } from '../../../extension/engine/engineProcess.js';
import { ProblemNotifier, type Memory } from '../../../extension/notify/problemNotifier.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, onlyProject, setSetting, until } from '../support/extension.js';
import { write } from '../support/writer.js';

describe('jobs of the open project', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    dialogs.install();
    await setSetting('watch.enabled', false);
    configure({});
    for (const priority of [11, 12, 13]) await backUpState(priority);
    assert.equal(statusOf(api), 'healthy');
  });
  after(async () => {
    await setSetting('watch.enabled', undefined);
    dialogs.restore();
  });
  beforeEach(() => dialogs.answerWith(() => undefined));

  describe('a test restore', () => {
    let damaged: Backup | undefined;

    it('succeeds, and the tooltip of the status bar shows the time', async () => {
      await run('drill');
      assert.ok(dialogs.find(/Test restore succeeded: \d backups of /), JSON.stringify(dialogs.shown));
      assert.match(api.statusBar.view?.tooltip ?? '', /Last successful test restore: just now/);
      assert.equal(statusOf(api), 'healthy');
    });

    it('shows an error in the status bar and the tree if it fails', async () => {
      damaged = ordinary().at(-1);
      damageContent(damaged?.path ?? '');
      await run('drill');
      assert.equal(statusOf(api), 'drill-failed');
      assert.equal(ordinary()[0]?.metadata?.verified?.ok, true);
      assert.match(api.statusBar.view?.text ?? '', /The last test restore failed/);
      assert.equal(api.statusBar.view?.background, 'error');
      assert.deepEqual(problemRows(), ['The last test restore failed']);
    });

    it('repeats nothing that an earlier version reported, and resolves nothing in its name', async () => {
      const memory = new OneWorkspace();
      const { root } = onlyProject(api);
      const earlier = ['drillFailed', 'gone', 'readFailed'].map((kind) => ({ kind, subject: '' }));
      await memory.update(`told:${root}`, earlier);
      dialogs.answerWith(() => undefined);
      await withNotifier(memory, touch);
      assert.deepEqual(dialogs.shown, []);
      assert.equal(memory.get(`told:${root}`), undefined);
      assert.deepEqual(memory.get(`notified:${root}`), [{ code: 'drill-failed', subject: '' }]);
    });

    it('reports a failure once, with actions', async () => {
      // The notification of the previous test, and no second one for the same problem.
      await api.projects.refresh();
      assert.deepEqual(dialogs.shown, []);
      const memory = new OneWorkspace();
      dialogs.answerWith(() => undefined);
      await withNotifier(memory, async () => {
        await touch();
        const notifications = dialogs.shown.filter(({ message }) => message.includes('The last test restore failed'));
        assert.deepEqual(
          notifications.map(({ kind, choices }) => [kind, ...choices]),
          [['error', 'Verify All Backups', 'Test Restore', 'Don’t Show Again']],
        );
        assert.match(notifications[0]?.message ?? '', /Restore drills have failed since/);
        await touch();
        assert.equal(dialogs.shown.length, 1);
      });
      await withNotifier(memory, async () => {
        await touch();
        assert.equal(dialogs.shown.length, 1, 'not again after the window was reopened');
      });
    });

    it('reports the failure as resolved after the next success', async () => {
      dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Delete Backup'));
      await run('delete', { root, id: damaged?.id });
      dialogs.answerWith(() => undefined);
      await run('drill');
      assert.equal(statusOf(api), 'healthy');
      assert.ok(dialogs.find(/The last test restore succeeded/), JSON.stringify(dialogs.shown));
      assert.deepEqual(problemRows(), []);
    });
  });

  describe('a sync to a target', () => {
    const usb = join(process.env.HOME ?? '', 'usb drive');

    before(() => {
      mkdirSync(usb);
      configure({ targets: [{ name: 'usb', folder: usb }] });
    });
    after(() => configure({}));

    it('copies every backup', async () => {
      await run('replicate');
      assert.ok(dialogs.find(/Synced \d+ backups? of .* to “usb”/), JSON.stringify(dialogs.shown));
      await run('replicate');
      assert.ok(dialogs.find(/“usb” already has every backup of /), JSON.stringify(dialogs.shown));
      assert.match(api.statusBar.view?.tooltip ?? '', /Target usb: synced just now/);
    });

    it('runs automatically after a backup', async () => {
      const [earlier] = onlyProject(api).overview?.targets ?? [];
      await backUpState(20);
      const newest = ordinary()[0]?.id ?? '';
      await until('the new backup is listed', () =>
        readdirSync(usb, { recursive: true, encoding: 'utf8' }).some((name) => name.includes(newest)),
      );
      await until('it is shown', () => onlyProject(api).overview?.targets[0]?.lastOkAt !== earlier?.lastOkAt);
      assert.deepEqual(dialogs.shown, []);
    });

    it('warns about a missing target, and offers to try again', async () => {
      renameSync(usb, `${usb} away`);
      await backUpState(21);
      await run('replicate');
      assert.equal(statusOf(api), 'replication-failed');
      assert.match(api.statusBar.view?.text ?? '', /Sync to usb failed/);
      assert.equal(api.statusBar.view?.background, 'warning');
      const notifications = dialogs.shown.filter(({ message }) => message.includes('Sync to usb failed. '));
      assert.deepEqual(
        notifications.map(({ kind, choices }) => [kind, ...choices]),
        [['warning', 'Sync to Targets', 'Don’t Show Again']],
      );
    });

    it('succeeds again when the target is back', async () => {
      renameSync(`${usb} away`, usb);
      await run('replicate');
      assert.equal(statusOf(api), 'healthy');
      assert.ok(dialogs.find(/Sync to usb works again/), JSON.stringify(dialogs.shown));
    });
  });

  describe('a schedule', () => {
    let other: EngineProcess;

    before(() => {
      const extension = vscode.extensions.getExtension(EXTENSION_ID);
      other = new EngineProcess({
        entry: join(extension?.extensionPath ?? '', 'dist', 'engine-host.cjs'),
        idleMs: 60_000,
        timeLimitMs: () => 60_000,
        onLog: () => undefined,
      });
    });
    after(() => {
      other.dispose();
      writeFileSync(join(root, '.feature-backups.json'), '{}');
    });

    it('starts when it is first read', async () => {
      // Every hour, half an hour from now.
      const minute = (new Date().getMinutes() + 30) % 60;
      const schedule = { backup: `${minute.toString()} * * * *`, drill: '' };
      writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ schedule }));
      change(31);
      await api.scheduler.runDue();
      assert.equal(scheduled().length, 0);
    });

    it('does nothing while the setting is disabled', async () => {
      await setClaimed(new Date(Date.now() - 60 * 60_000));
      await setSetting('runSchedules', false);
      await api.scheduler.runDue();
      assert.equal(scheduled().length, 0);
      await setSetting('runSchedules', undefined);
    });

    it('backs up once per due time, even if other processes run the same jobs', async () => {
      const [, report] = await Promise.all([
        api.scheduler.runDue(),
        other.call('runDueJobs', { roots: [root] }),
        api.scheduler.runDue(),
      ]);
      assert.equal(report.isUnfinished, false);
      await api.projects.refresh();
      const jobs = readFileSync(join(root, '.feature_backups', '.jobs.json'), 'utf8');
      assert.equal(scheduled().length, 1, `${JSON.stringify(report)}\n${jobs}`);
      assert.equal(scheduled()[0]?.metadata?.events.length, 1, 'no second run found the state unchanged');
      await api.scheduler.runDue();
      assert.equal(scheduled()[0]?.metadata?.events.length, 1);
      assert.deepEqual(dialogs.shown, []);
    });

    it('runs a successful test restore without a notification', async () => {
      const before = onlyProject(api).overview?.provenAt;
      const schedule = { backup: '', drill: `${((new Date().getMinutes() + 30) % 60).toString()} * * * *` };
      writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ schedule }));
      await setClaimed(new Date(Date.now() - 60 * 60_000));
      await api.scheduler.runDue();
      const after = onlyProject(api).overview?.provenAt;
      assert.ok(after !== undefined && after.getTime() > (before?.getTime() ?? 0), String(after));
      assert.deepEqual(dialogs.shown, []);
    });
  });

  function ordinary(): readonly Backup[] {
    return (onlyProject(api).overview?.backups ?? []).filter(({ kind }) => kind === 'ordinary');
  }

  function scheduled(): readonly Backup[] {
    return ordinary().filter(({ metadata }) => metadata?.source === 'schedule');
  }

  function problemRows(): readonly unknown[] {
    return api.tree.roots.filter(({ kind }) => kind === 'problem').map((node) => api.tree.getTreeItem(node).label);
  }

  function change(priority: number): void {
    write(root, `UPDATE features SET priority = ${priority.toString()} WHERE id = 50`);
  }

  async function backUpState(priority: number): Promise<void> {
    change(priority);
    await api.projects.get(root).backUp({ source: 'editor', reason: `state_${priority.toString()}` });
  }

  function configure(content: unknown): void {
    const folder = join(process.env.XDG_CONFIG_HOME ?? '', 'feature-backups');
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'config.json'), JSON.stringify(content));
  }

  /** Records the jobs as handled up to then, under the lock: the follow-up of an earlier backup may write there, too. */
  async function setClaimed(at: Date): Promise<void> {
    const store = join(root, '.feature_backups');
    const path = join(store, '.jobs.json');
    await withStoreLock(store, realPorts(), () => {
      const jobs = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
      const claimed = { claimedDueAt: at.toISOString() };
      writeFileSync(path, JSON.stringify({ ...jobs, 'scheduled-backup': claimed, drill: claimed }));
    });
  }

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }

  async function withNotifier(memory: Memory, act: () => Promise<void>): Promise<void> {
    const notifier = new ProblemNotifier(api.projects, memory);
    try {
      await act();
    } finally {
      notifier.dispose();
    }
  }

  /** Notifies all listeners of the projects. */
  async function touch(): Promise<void> {
    let changes = 0;
    const subscription = api.projects.onDidChange(() => changes++);
    await api.projects.refresh();
    await until('the projects are checked', () => changes > 0);
    subscription.dispose();
  }
});

/** The memory of a workspace. */
class OneWorkspace implements Memory {
  private readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Thenable<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

/** Overwrites rows in a stored backup, as a failing disk would. */
function damageContent(path: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, Buffer.alloc(8192, 0x55), 0, 8192, 16_384);
  } finally {
    closeSync(file);
  }
}
