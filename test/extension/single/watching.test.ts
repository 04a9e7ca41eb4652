import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { backUp, projectSummary } from '../../../core/engine.js';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS } from '../../../extension/contributions.js';
import { conditionOf } from '../../../extension/model/projectCondition.js';
import { setting } from '../../../extension/settings.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, databaseOf, write } from '../support/writer.js';

describe('watching the live database', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    dialogs.install();
    await setSetting('watch.quietSeconds', 1);
    if (newest() === undefined) await api.projects.get(root).backUp({ source: 'editor', reason: 'initial' });
  });
  after(async () => {
    dialogs.restore();
    await setSetting('watch.quietSeconds', undefined);
  });

  it('backs up changes of another process once the database is idle', async () => {
    const before = newest()?.id;
    write(root, 'UPDATE features SET priority = 12345 WHERE id = 33');
    await until('the change is backed up', () => newest()?.id !== before);
    assert.equal(newest()?.reason, 'after_change');
    assert.equal(newest()?.metadata?.source, 'watch');
    await until('the tree and status bar show it', () => statusOf(api) === 'healthy');
  });

  it('backs up after the maximum time even if writing continues', async () => {
    await setSetting('watch.quietSeconds', 5);
    await setSetting('watch.maximumSeconds', 2);
    const before = newest()?.id;
    const writer = startWriter(root);
    try {
      await until('a backup is made during the writes', () => newest()?.id !== before);
      assert.equal(writer.exitCode, null);
    } finally {
      writer.kill('SIGKILL');
      await setSetting('watch.maximumSeconds', undefined);
      await setSetting('watch.quietSeconds', 1);
    }
    await settled();
  });

  it('makes no backup while watching is disabled, and reports changes that are not backed up for too long', async () => {
    dialogs.answerWith(() => undefined);
    await setSetting('watch.enabled', false);
    await setSetting('warnings.unsavedMinutes', 0.01);
    const before = newest()?.id;
    write(root, 'UPDATE features SET priority = 54321 WHERE id = 34');
    // A change of the last five minutes is not late.
    const earlier = new Date(Date.now() - 6 * 60_000);
    for (const suffix of ['', '-wal']) utimesSync(databaseOf(root) + suffix, earlier, earlier);
    await until('the change is reported', () => statusOf(api) === 'backup-overdue');
    assert.equal(newest()?.id, before);
    assert.equal(api.statusBar.view?.text, '$(warning) Backup overdue');
    assert.match(
      dialogs.find(/Backup overdue/)?.message ?? '',
      /^shop front: Backup overdue\. The backlog has changed/,
    );
    await setSetting('watch.enabled', undefined);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'manual' });
    assert.equal(statusOf(api), 'healthy');
    await setSetting('warnings.unsavedMinutes', undefined);
  });

  it('shows backups that another process makes, and those that it deletes as only in the vault', async () => {
    write(root, 'UPDATE features SET priority = 777 WHERE id = 35');
    const outcome = await backUp(root, { source: 'mcp', reason: 'before_mark_passing', detail: 'feature 36' });
    assert.equal(outcome.status, 'created');
    const { id, path } = outcome.backup;
    const listed = () => onlyProject(api).overview?.backups.find((backup) => backup.id === id);
    const isInStore = (): boolean => listed() !== undefined && listed()?.isOnlyInVault !== true;
    await until('it is listed', isInStore);
    renameSync(path, `${path}.away`);
    await until('it is listed as only in the vault', () => listed()?.isOnlyInVault === true);
    renameSync(`${path}.away`, path);
    await until('it is listed again', isInStore);
  });

  it('detects damage within seconds, notifies once, and saves an emergency backup', async () => {
    dialogs.answerWith(() => undefined);
    await withLive('damaged', () => writeFileSync(databaseOf(root), Buffer.alloc(16384, 0x55)));
    const notifications = dialogs.shown.filter(({ kind }) => kind === 'error');
    assert.equal(notifications.length, 1, JSON.stringify(notifications));
    assert.match(notifications[0]?.message ?? '', /^shop front: The database is damaged\. /);
    assert.deepEqual(notifications[0]?.choices, ['Restore Last Good Backup', 'Don’t Show Again']);
    assert.ok(
      onlyProject(api).overview?.backups.some(({ kind, content }) => kind === 'emergency' && content === 'raw'),
    );
  });

  it('detects a missing database', async () => {
    dialogs.answerWith(() => undefined);
    await withLive('gone', () => undefined);
    assert.match(dialogs.find(/is missing/)?.message ?? '', /^shop front: The database is missing\. /);
  });

  it('ends the report of a missing database that returns between two polls, without file events', async () => {
    dialogs.answerWith(() => undefined);
    await settled();
    const events = vscode.workspace.getConfiguration('files');
    await events.update('watcherExclude', { '**': true }, vscode.ConfigurationTarget.Global);
    // The next poll starts only after the database is back.
    await setSetting('watch.pollSeconds', 4);
    await pause(3_500);
    const away = `${databaseOf(root)}.away`;
    renameSync(databaseOf(root), away);
    await api.projects.get(root).refresh();
    assert.equal(statusOf(api), 'database-gone');
    renameSync(away, databaseOf(root));
    await until('it is healthy again', () => statusOf(api) === 'healthy');
    await events.update('watcherExclude', undefined, vscode.ConfigurationTarget.Global);
    await setSetting('watch.pollSeconds', undefined);
  });

  it('sends no more notifications after “Don’t Show Again”', async () => {
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Don’t Show Again'));
    await withLive('gone', () => undefined);
    await until('the setting is disabled', () => !setting('notifications.damage'));
    dialogs.answerWith(() => undefined);
    await withLive('gone', () => undefined);
    assert.deepEqual(dialogs.shown, []);
    await setSetting('notifications.damage', undefined);
  });

  it('warns when most features are lost, until the user accepts the smaller backlog', async () => {
    dialogs.answerWith(() => undefined);
    write(root, 'CREATE TABLE kept AS SELECT * FROM features; DELETE FROM features WHERE id > 100');
    await until('the loss is detected', () => statusOf(api) === 'database-shrunk');
    assert.equal(api.statusBar.view?.background, 'warning');
    await until('the message is shown', () => dialogs.find(/lost most of its features/) !== undefined);
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Accept Smaller Backlog'));
    await vscode.commands.executeCommand(COMMANDS.acceptShrinkage, { root });
    const question = dialogs.find(/Did you mean to remove \d{3} features from “shop front”/);
    assert.match(question?.detail ?? '', /^It now has \d+ features, .* has 59\d features, /);
    await until('the smaller backlog is accepted', () => statusOf(api) !== 'database-shrunk');
    assert.equal((await projectSummary(root)).live?.condition, 'sound', 'the command line sees it as well');
    const pinned = onlyProject(api).overview?.backups.filter(({ metadata }) => metadata?.pinned === true) ?? [];
    assert.ok(pinned.some(({ counts }) => (counts.total ?? 0) > 500));
    write(root, 'DELETE FROM features; INSERT INTO features SELECT * FROM kept; DROP TABLE kept');
    await until('the features are back', () => (onlyProject(api).overview?.live?.counts?.total ?? 0) > 500);
    await settled();
  });

  it('starts over: before a reset pins the current backlog, and after it accepts the smaller one', async () => {
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Back Up and Pin'));
    await vscode.commands.executeCommand(COMMANDS.startOver, { root });
    await until('the report is shown', () => dialogs.find(/You can reset the backlog now/) !== undefined);
    const pinned = () => (onlyProject(api).overview?.backups ?? []).filter(({ metadata }) => metadata?.pinned === true);
    assert.ok(pinned().some(({ id }) => id === newest()?.id));
    // A larger backup that is not pinned, so that a loss is reported.
    write(root, 'UPDATE features SET priority = 901 WHERE id = 36');
    await settled();
    write(root, 'CREATE TABLE kept AS SELECT * FROM features; DELETE FROM features WHERE id > 20');
    await until('the loss is detected', () => statusOf(api) === 'database-shrunk');
    await until('it is offered', () => api.statusBar.view?.actions.includes('startOver') === true);
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Start Over'));
    await vscode.commands.executeCommand(COMMANDS.startOver, { root });
    assert.match(
      dialogs.find(/Did you mean to remove \d{3} features/)?.detail ?? '',
      /^The current backlog is backed up/,
    );
    await until('the smaller backlog is accepted', () => statusOf(api) === 'healthy');
    const left = ask(root, 'SELECT count(*) FROM features');
    assert.equal(newest()?.counts.total, left);
    assert.ok(dialogs.find(new RegExp(`^Started over with ${left} features`, 'm')));
    write(root, 'DELETE FROM features; INSERT INTO features SELECT * FROM kept; DROP TABLE kept');
    await until('the features are back', () => (onlyProject(api).overview?.live?.counts?.total ?? 0) > 500);
    await settled();
  });

  it('reports a crash of the engine process, restarts it, and recovers with the next backup', async () => {
    dialogs.answerWith(() => undefined);
    await setSetting('watch.enabled', false);
    write(root, 'UPDATE features SET priority = 888 WHERE id = 36');
    await api.projects.get(root).refresh();
    // A stopped process cannot respond before it is killed.
    if (api.engine.pid !== undefined) process.kill(api.engine.pid, 'SIGSTOP');
    const doomed = watchBackUp();
    const call = api.projects.get(root).backUp({ source: 'editor', reason: 'doomed' });
    // Another call may run first, so every process is killed until the backup has ended. Then its failure is recorded.
    while (!doomed.isOver()) {
      killEngine();
      await pause(5);
    }
    doomed.restore();
    await assert.rejects(call, /ended unexpectedly/);
    assert.equal(statusOf(api), 'backup-failed');
    assert.match(dialogs.find(/Backups are failing/)?.message ?? '', /The engine process ended unexpectedly/);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'manual' });
    assert.equal(statusOf(api), 'healthy');
    await setSetting('watch.enabled', undefined);
  });

  it('shows the reason if the configuration is invalid', async () => {
    const configuration = join(root, '.feature-backups.json');
    writeFileSync(configuration, '{ "store": 12 }');
    await until('it is visible', () => statusOf(api) === 'store-unusable');
    assert.match(onlyProject(api).problems[0]?.description ?? '', /store must be/);
    assert.equal(conditionOf(onlyProject(api)), 'critical');
    assert.ok((onlyProject(api).overview?.backups ?? []).length > 0, 'the backups stay listed');
    writeFileSync(configuration, '{}');
    await until('the configuration is valid again', () => statusOf(api) !== 'store-unusable');
  });

  function newest(): Backup | undefined {
    return onlyProject(api).overview?.backups.find(({ kind }) => kind === 'ordinary');
  }

  /** Notices when the engine's call of a backup has ended. */
  function watchBackUp() {
    const engine = api.engine as unknown as { call: (...given: readonly unknown[]) => Promise<unknown> };
    const call = engine.call.bind(engine);
    let isOver = false;
    engine.call = async (...given) => {
      try {
        return await call(...given);
      } finally {
        isOver ||= given[0] === 'backUp';
      }
    };
    return { isOver: () => isOver, restore: () => Reflect.deleteProperty(engine, 'call') };
  }

  function killEngine(): void {
    if (api.engine.pid !== undefined) process.kill(api.engine.pid, 'SIGKILL');
  }

  /** Waits until every change is backed up. */
  async function settled(): Promise<void> {
    await until('everything is backed up', () => onlyProject(api).overview?.live?.changed === false);
  }

  /** Moves the live database away, runs `act`, waits for the health, and moves it back. */
  async function withLive(expected: 'damaged' | 'gone', act: () => void): Promise<void> {
    await settled();
    const featureCount = ask(root, 'SELECT count(*) FROM features');
    const away = join(root, 'away');
    mkdirSync(away);
    const files = ['', '-wal', '-shm'].map((suffix) => databaseOf(root) + suffix).filter((path) => existsSync(path));
    for (const [index, path] of files.entries()) renameSync(path, join(away, String(index)));
    act();
    await until(`it is ${expected}`, () => statusOf(api) === `database-${expected}`);
    if (expected === 'damaged') {
      await until('an emergency backup is saved', () =>
        (onlyProject(api).overview?.backups ?? []).some(({ kind }) => kind === 'emergency'),
      );
    }
    for (const [index, path] of files.entries()) renameSync(join(away, String(index)), path);
    rmSync(away, { recursive: true });
    await until('it is healthy again', () => statusOf(api) === 'healthy');
    assert.equal(ask(root, 'SELECT count(*) FROM features'), featureCount);
  }
});

function pause(lengthMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, lengthMs));
}

/** A process that writes every tenth of a second, as a team of agents would. */
function startWriter(root: string): ChildProcess {
  const script = `
import sqlite3, sys, time
connection = sqlite3.connect(sys.argv[1], timeout=30, isolation_level=None)
count = 0
while True:
    count += 1
    connection.execute('UPDATE features SET priority = ? WHERE id = 40', (count,))
    time.sleep(0.1)
`;
  return spawn('python3', ['-c', script, databaseOf(root)], { stdio: 'ignore' });
}
