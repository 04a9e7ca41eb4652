import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isHostPossible } from '../extension/host/setUpHost.mjs';
import { ask, databaseOf, write } from '../extension/support/writer.js';
import { makeTemporaryFolder, removeFolder } from '../support/temporaryFolder.js';
import { damagePages } from '../support/workbench/damagePages.js';
import { installExtension } from '../support/workbench/installedExtension.js';
import { LOSS, makeProject } from '../support/workbench/richProject.js';
import { Workbench } from '../support/workbench/workbench.js';
import type { WorkbenchWindow } from '../support/workbench/workbenchWindow.js';

/** A user's way through the packaged extension; each step starts where the previous one ended. */
describe('the installed .vsix in the workbench', function () {
  this.timeout(60_000);
  this.bail(true);
  let scratch: string;
  let folder: string;
  let workbench: Workbench;
  let window: WorkbenchWindow;

  before(async function () {
    this.timeout(300_000);
    if (!isHostPossible) return void this.skip();
    scratch = await makeTemporaryFolder();
    const extensionsFolder = await installExtension(scratch);
    folder = makeProject(join(scratch, 'shop front'));
    workbench = await Workbench.start({
      extensionsFolder,
      settings: { 'diffEditor.useInlineViewWhenSpaceIsLimited': false },
    });
    window = await workbench.open(folder);
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') console.log(`      the tree: ${await window.readTree()}`);
  });
  after(async () => {
    if (!isHostPossible) return;
    await workbench.stop();
    await removeFolder(scratch);
  });

  it('shows that there are no backups, and offers to back up', async () => {
    await window.status.filter({ hasText: 'No backups yet' }).waitFor();
    await window.showBackups();
    await window.welcome.getByText('No backups yet. The first backup is made').waitFor();
    await window.welcome.getByRole('button', { name: 'Back Up Now' }).click();
    await window.quickInput.getByText('Note (optional), to help you find this backup later').waitFor();
    await window.page.keyboard.press('Escape');
    assert.equal(existsSync(join(folder, '.feature_backups')), false, 'nothing is written before the user agrees');
  });

  it('backs up from the palette with a note, and shows the backup in the tree and the status bar', async () => {
    await window.run('Feature Backups: Back Up Now');
    await window.type('before the first sprint');
    await window.notification('Backed up and verified: 598 features, 200 passing.').waitFor();
    await window.row(/^before the first sprint.*200\/598 passing$/).waitFor();
    await window.status.filter({ hasText: '1 backup, just now' }).waitFor();
    assert.deepEqual(await window.rows.count(), 2, 'the day and its one backup');
    assert.match(
      readdirSync(join(folder, '.feature_backups')).join(' '),
      /features_598_\d+-\d+_before_the_first_sprint\.db /,
    );
    await window.dismissNotifications();
  });

  it('backs up changes of another process automatically', async () => {
    write(folder, LOSS);
    await window.row(/^after a change.*168\/595 passing$/).waitFor();
    await window.status.filter({ hasText: '2 backups, just now' }).waitFor();
  });

  it('compares a backup with the current backlog in the diff editor', async () => {
    await window.press(/^before the first sprint/, 'Compare with Current Backlog');
    await window.tab(/before the first sprint.* ↔ current backlog/).waitFor();
    const diff = window.page.locator('.monaco-diff-editor');
    await diff.locator('.line-delete').first().waitFor();
    await diff
      .locator('.original .view-line', { hasText: /^\s*Status:\s+passing$/ })
      .first()
      .waitFor();
    await diff
      .locator('.modified .view-line', { hasText: /^\s*Status:\s+failing$/ })
      .first()
      .waitFor();
  });

  it('previews a restore, and changes nothing if dismissed', async () => {
    await window.press(/^before the first sprint/, 'Restore Backup…');
    await window.dialog.getByText('Restore 598 features from “before the first sprint').waitFor();
    await window.dialog
      .getByText('Brings back 3 features, changes 30 features, 29 go from failing to passing.')
      .waitFor();
    await window.dialog.getByRole('button', { name: 'Cancel' }).click();
    await window.dialog.waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
  });

  it('restores after confirmation, and offers to undo', async () => {
    await window.press(/^before the first sprint/, 'Restore Backup…');
    await window.dialog.getByRole('button', { name: 'Restore 598 Features' }).click();
    const report = window.notification(/Restored and verified “.*”: 598 features, 200 passing/);
    await report.waitFor();
    assert.equal(ask(folder, 'SELECT sum(passes) FROM features'), 200);
    await report.getByRole('button', { name: 'Undo' }).click();
    await window.dialog.getByText('Undo the last restore?').waitFor();
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.notification('Restore undone: 595 features, 168 passing.').waitFor();
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    // Until the watcher has backed up this state, the last good backup may be the restored one.
    await window
      .row(/^after a change/)
      .first()
      .filter({ hasText: '168/595 passing' })
      .waitFor();
    await window.dismissNotifications();
  });

  it('reports damage by another process within seconds', async () => {
    await window.status.filter({ hasText: 'just now' }).waitFor();
    damagePages(databaseOf(folder));
    await window.status.filter({ hasText: 'The database is damaged' }).waitFor();
    assert.match((await window.status.getAttribute('class')) ?? '', /error-kind/);
    await window.row(/^The database is damaged$/).waitFor();
    await window
      .notification(/shop front: The database is damaged\..*No backups are pruned in the meantime\./)
      .waitFor();
    await window.badge('1').waitFor();
  });

  it('restores the last good backup from the notification', async () => {
    const notification = window.notification('The database is damaged');
    await notification.getByRole('button', { name: 'Restore Last Good Backup', exact: true }).click();
    await window.dialog.getByText(/features\.db is (no longer a readable database|damaged)/).waitFor();
    await window.dialog.getByRole('button', { name: /^Restore 59\d Features$/ }).click();
    await window.notification(/Restored and verified “.*”: 59\d features/).waitFor();
    await window.status.filter({ hasText: /^ ?\d backups, just now$/ }).waitFor();
    await window.row('The database is damaged').waitFor({ state: 'detached' });
    await window.row('Emergency backups').waitFor();
    await window.badge('1').waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    assert.doesNotMatch((await window.status.getAttribute('class')) ?? '', /error-kind/);
  });

  it('undoes that restore from its notification, and redoes it from the palette', async () => {
    await window
      .notification(/Restored and verified/)
      .getByRole('button', { name: 'Undo' })
      .click();
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.status.filter({ hasText: 'The database is damaged' }).waitFor();
    await window.run('Feature Backups: Undo Last Restore');
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.notification('Restore undone: 595 features').waitFor();
    await window.status.filter({ hasText: /^ ?\d backups, just now$/ }).waitFor();
    await window.row('The database is damaged').waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    await window.dismissNotifications();
  });

  it('opens a backup', async () => {
    await window.row(/^before the first sprint/).click();
    await window.tab(/^before the first sprint/).waitFor();
    const editor = window.page.locator('.editor-instance .view-lines', { hasText: /^#1\s/ });
    await editor.click();
    await window.page.keyboard.type('x');
    await window.page.getByText('Cannot edit in read-only editor').first().waitFor();
  });

  it('shows the available actions in the menu of the status bar', async () => {
    await window.status.click();
    await window.quickInput.getByText('shop front: No problems').waitFor();
    await window.pick('Show Timeline');
    await window.tab('Backup Timeline').waitFor();
  });

  it('draws the timeline, describes points for pointer and arrow keys, and reveals one in the tree', async () => {
    const timeline = window.webview;
    await timeline.locator('#chart canvas').waitFor();
    const points = timeline.locator('#rows tr');
    assert.equal(await points.count(), storedBackups(folder));
    await timeline.locator('#chart').focus();
    await window.page.keyboard.press('Home');
    await timeline.locator('#card', { hasText: 'before the first sprint' }).waitFor();
    assert.match(await timeline.locator('#live').innerText(), /before the first sprint.*1 of \d/s);
    await window.page.keyboard.press('Enter');
    await window.page.locator('.sidebar .monaco-list-row.selected', { hasText: 'before the first sprint' }).waitFor();
  });

  it('opens its walkthrough', async () => {
    await window.run('View: Close All Editors');
    await window.run('Welcome: Open Walkthrough');
    await window.pick('Protect your agents’ backlog');
    const step = window.page.locator('.gettingStartedContainer .getting-started-step', { hasText: 'Back up now' });
    await step.click();
    await step.getByRole('button', { name: 'Back Up Now' }).waitFor();
  });
});

function storedBackups(folder: string): number {
  return readdirSync(join(folder, '.feature_backups')).filter((name) => name.endsWith('.json')).length;
}
