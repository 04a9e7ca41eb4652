import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { backUp, projectSummary } from '../../../core/engine.js';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS } from '../../../extension/contributions.js';
import { assessHealth } from '../../../extension/model/health.js';
import { setting } from '../../../extension/settings.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, healthOf, onlyProject, setSetting, until } from '../support/extension.js';
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
    await until('the tree and status bar show it', () => healthOf(api) === 'safe');
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

  it('makes no backup while watching is disabled, and shows how long changes have not been backed up', async () => {
    await setSetting('watch.enabled', false);
    const before = newest()?.id;
    write(root, 'UPDATE features SET priority = 54321 WHERE id = 34');
    await until('the change is detected', () => onlyProject(api).changedSince !== undefined);
    assert.equal(newest()?.id, before);
    const later = new Date(Date.now() + 11 * 60_000);
    assert.equal(api.projects.healths(later)[0]?.kind, 'unsaved');
    await setSetting('watch.enabled', undefined);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'manual' });
    assert.equal(api.projects.healths(later)[0]?.kind, 'safe');
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
    assert.match(notifications[0]?.message ?? '', /features\.db is damaged/);
    assert.deepEqual(notifications[0]?.choices, ['Restore Last Good Backup', 'Don’t Show Again']);
    assert.ok(
      onlyProject(api).overview?.backups.some(({ kind, content }) => kind === 'emergency' && content === 'raw'),
    );
  });

  it('detects a missing database', async () => {
    dialogs.answerWith(() => undefined);
    await withLive('gone', () => undefined);
    assert.match(dialogs.find(/is missing/)?.message ?? '', /features\.db is missing/);
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
    await until('the loss is detected', () => healthOf(api) === 'shrunk');
    assert.equal(api.statusBar.view?.background, 'error');
    await until('the message is shown', () => dialogs.find(/lost most of its features/) !== undefined);
    dialogs.answerWith(({ choices }) => choices.find((choice) => choice === 'Accept Smaller Backlog'));
    await vscode.commands.executeCommand(COMMANDS.acceptShrinkage, { root });
    const question = dialogs.find(/Did you mean to remove \d{3} features from “shop front”/);
    assert.match(question?.detail ?? '', /^It now has \d+ features, .* has 59\d features, /);
    await until('the smaller backlog is accepted', () => healthOf(api) !== 'shrunk');
    assert.equal((await projectSummary(root)).live?.condition, 'sound', 'the command line sees it as well');
    const pinned = onlyProject(api).overview?.backups.filter(({ metadata }) => metadata?.pinned === true) ?? [];
    assert.ok(pinned.some(({ counts }) => (counts.total ?? 0) > 500));
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
    const call = api.projects.get(root).backUp({ source: 'editor', reason: 'doomed' });
    const isOver = call.then(
      () => true,
      () => true,
    );
    // Another call may run first, so every process is killed until this call has ended.
    while (!(await Promise.race([isOver, pause(5)]))) killEngine();
    await assert.rejects(call, /ended unexpectedly/);
    assert.equal(healthOf(api), 'backupFailed');
    assert.ok(dialogs.find(/The last backup failed/));
    await api.projects.get(root).backUp({ source: 'editor', reason: 'manual' });
    assert.equal(healthOf(api), 'safe');
    await setSetting('watch.enabled', undefined);
  });

  it('shows the reason if the configuration is invalid', async () => {
    const configuration = join(root, '.feature-backups.json');
    writeFileSync(configuration, '{ "store": 12 }');
    await until('it is visible', () => onlyProject(api).refreshFailure?.code === 'configuration');
    const state = onlyProject(api);
    assert.equal(healthOf(api), 'readFailed');
    const limits = { unsavedMs: 0, watchesShrinkage: true };
    assert.equal(assessHealth(state, new Date(), limits).level, 'warning');
    writeFileSync(configuration, '{}');
    await until('the configuration is valid again', () => healthOf(api) !== 'readFailed');
  });

  function newest(): Backup | undefined {
    return onlyProject(api).overview?.backups.find(({ kind }) => kind === 'ordinary');
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
    await until(`it is ${expected}`, () => healthOf(api) === expected);
    if (expected === 'damaged') {
      await until('an emergency backup is saved', () =>
        (onlyProject(api).overview?.backups ?? []).some(({ kind }) => kind === 'emergency'),
      );
    }
    for (const [index, path] of files.entries()) renameSync(join(away, String(index)), path);
    rmSync(away, { recursive: true });
    await until('the project is safe again', () => healthOf(api) === 'safe');
    assert.equal(ask(root, 'SELECT count(*) FROM features'), featureCount);
  }
});

function pause(lengthMs: number): Promise<false> {
  return new Promise((resolve) => setTimeout(() => resolve(false), lengthMs));
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
