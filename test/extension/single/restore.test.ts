import assert from 'node:assert/strict';
import { closeSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as vscode from 'vscode';
import type { Backup } from '../../../core/store/backup.js';
import { COMMANDS, type CommandName } from '../../../extension/contributions.js';
import type { ExtensionApi } from '../../../extension/testApi.js';
import { Dialogs } from '../support/dialogs.js';
import { activeExtension, statusOf, onlyProject, setSetting, until } from '../support/extension.js';
import { ask, databaseOf, write } from '../support/writer.js';

const LOSS =
  "DELETE FROM features WHERE id IN (3, 4, 5); UPDATE features SET passes = 0 WHERE id BETWEEN 20 AND 48; UPDATE features SET name = 'A wrong name' WHERE id = 12";

describe('restoring', () => {
  const dialogs = new Dialogs();
  let api: ExtensionApi;
  let root: string;
  let good: Backup;
  let change = 0;

  before(async () => {
    api = await activeExtension();
    ({ root } = onlyProject(api));
    await setSetting('watch.enabled', false);
    dialogs.install();
  });
  after(async () => {
    dialogs.restore();
    await setSetting('watch.enabled', undefined);
  });
  beforeEach(async () => {
    change += 1;
    write(root, `UPDATE features SET priority = ${10_000 + change} WHERE id = 2`);
    await api.projects.get(root).backUp({ source: 'editor', reason: 'the good state' });
    const newest = onlyProject(api).overview?.backups.find(({ kind }) => kind === 'ordinary');
    assert.ok(newest);
    good = newest;
  });

  it('previews the changes, restores, verifies and reports, and undoes the restore', async () => {
    const names = 'SELECT group_concat(id || name || passes) FROM features';
    const before = ask(root, `SELECT sum(length(name) * id + passes) FROM features`);
    write(root, LOSS);
    dialogs.answerWith(press(/^Restore 598 Features$/));
    await run('restore', { root, id: good.id });
    const [question, report] = dialogs.shown;
    assert.match(question?.message ?? '', /^Restore 598 features from “the good state/);
    assert.match(
      question?.detail ?? '',
      /Brings back 3 features, changes 30 features, 29 go from failing to passing\./,
    );
    assert.match(report?.message ?? '', /Restored and verified “.*”: 598 features/);
    assert.deepEqual(report?.choices, ['Undo']);
    assert.equal(ask(root, `SELECT sum(length(name) * id + passes) FROM features`), before, names);

    dialogs.answerWith(press(/^Undo Restore$/));
    await run('undoLastRestore');
    assert.match(dialogs.shown[0]?.message ?? '', /Undo the last restore/);
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 595);
    assert.equal(ask(root, "SELECT count(*) FROM features WHERE name = 'A wrong name'"), 1);

    dialogs.answerWith(press(/^Restore 598 Features$/));
    await run('restore', { root, id: good.id });
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 598);
  });

  it('changes nothing if the confirmation is dismissed', async () => {
    write(root, 'UPDATE features SET priority = priority + 1 WHERE id = 7');
    const before = ask(root, 'SELECT sum(priority) FROM features');
    dialogs.answerWith(() => undefined);
    await run('restore', { root, id: good.id });
    assert.equal(dialogs.shown.length, 1);
    assert.equal(ask(root, 'SELECT sum(priority) FROM features'), before);
  });

  it('shows the changes, then asks again', async () => {
    write(root, 'UPDATE features SET priority = priority + 1 WHERE id = 7');
    dialogs.answerWith(({ choices }) => (choices.includes('Show Changes') ? 'Show Changes' : undefined));
    await run('restore', { root, id: good.id });
    assert.ok(vscode.window.tabGroups.activeTabGroup.activeTab?.input instanceof vscode.TabInputTextDiff);
    assert.deepEqual(dialogs.shown[1]?.choices, ['Restore 598 Features']);
  });

  it('does nothing if the backlog already matches the backup', async () => {
    dialogs.answerWith(() => undefined);
    await run('restore', { root, id: good.id });
    assert.ok(dialogs.find(/already matches this backup/));
  });

  it('restores selected features and leaves the others unchanged', async () => {
    write(root, `${LOSS}; UPDATE features SET priority = 9000 WHERE id = 100`);
    dialogs.answerWith(({ kind, choices }) =>
      kind === 'pick' ? ['#3 ', '#12 '] : choices.find((choice) => choice === 'Restore 2 Features'),
    );
    await run('restoreSelectedFeatures', { root, id: good.id });
    const offered = dialogs.shown[0]?.choices ?? [];
    assert.equal(offered.length, 3 + 29 + 1 + 1, 'only those that differ are offered');
    assert.equal(ask(root, 'SELECT count(*) FROM features WHERE id IN (3, 4, 5)'), 1);
    assert.equal(ask(root, "SELECT count(*) FROM features WHERE name = 'A wrong name'"), 0);
    assert.equal(ask(root, 'SELECT priority FROM features WHERE id = 100'), 9000);
  });

  it('warns of a running agent, and continues after confirmation', async () => {
    write(root, 'UPDATE features SET priority = 4711 WHERE id = 8');
    const lock = join(dirname(databaseOf(root)), '.agent.lock');
    writeFileSync(lock, String(process.pid));
    try {
      dialogs.answerWith(press(/^Restore 596 Features Anyway$/));
      await run('restore', { root, id: good.id });
    } finally {
      rmSync(lock);
    }
    assert.match(dialogs.shown[0]?.detail ?? '', /An agent is running/);
    assert.notEqual(ask(root, 'SELECT priority FROM features WHERE id = 8'), 4711);
  });

  it('restores the last good backup over a file that is no longer a database', async () => {
    writeFileSync(databaseOf(root), Buffer.alloc(16384, 0x2a));
    for (const suffix of ['-wal', '-shm']) rmSync(databaseOf(root) + suffix, { force: true });
    await until('the damage is detected', () => statusOf(api) === 'database-damaged');
    dialogs.answerWith(press(/^Restore 596 Features$/));
    await run('restoreLastGood');
    assert.match(dialogs.shown[0]?.detail ?? '', /is no longer a readable database/);
    assert.equal(dialogs.find(/no longer damaged/), undefined, 'the restore has its own report');
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 596);
    assert.equal(statusOf(api), 'healthy');
  });

  it('keeps newer features that are readable in a damaged database', async () => {
    write(root, "UPDATE features SET name = 'Newer than any backup' WHERE id = 590; PRAGMA wal_checkpoint(TRUNCATE)");
    damagePage(databaseOf(root));
    await until('the damage is detected', () => statusOf(api) === 'database-damaged');
    dialogs.answerWith(press(/^Restore \d+ Features?$/));
    await run('salvage');
    assert.equal(ask(root, 'SELECT count(*) FROM features'), 596);
    assert.equal(ask(root, "SELECT count(*) FROM features WHERE name = 'Newer than any backup'"), 1);
    assert.equal(statusOf(api), 'healthy');
  });

  async function run(name: CommandName, ...args: readonly unknown[]): Promise<void> {
    await vscode.commands.executeCommand(COMMANDS[name], ...args);
  }
});

/** Clicks this button in every dialog that has it. */
function press(button: RegExp) {
  return ({ choices }: { readonly choices: readonly string[] }): string | undefined =>
    choices.find((choice) => button.test(choice));
}

/** Overwrites one leaf page in the middle, as a failing disk would. */
function damagePage(path: string): void {
  const pageSizeBytes = 4096;
  writeFileAt(path, 40 * pageSizeBytes, Buffer.alloc(pageSizeBytes, 0xa5));
}

function writeFileAt(path: string, position: number, bytes: Buffer): void {
  const file = openSync(path, 'r+');
  writeSync(file, bytes, 0, bytes.length, position);
  closeSync(file);
}
