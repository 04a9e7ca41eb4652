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

/** One person's way through the packed extension; each step begins where the one before it ended. */
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
    if (this.currentTest?.state === 'failed') console.log(`      what it looked like: ${await window.photograph()}`);
  });
  after(async () => {
    if (!isHostPossible) return;
    await workbench.stop();
    await removeFolder(scratch);
  });

  it('says at first that nothing is backed up, and offers the button that helps', async () => {
    await window.status.filter({ hasText: 'No backups yet' }).waitFor();
    await window.showBackups();
    await window.welcome.getByText('There are no backups of this backlog yet').waitFor();
    await window.welcome.getByRole('button', { name: 'Back Up Now' }).click();
    await window.quickInput.getByText('Why? It helps to find the backup again').waitFor();
    await window.page.keyboard.press('Escape');
    assert.equal(existsSync(join(folder, '.feature_backups')), false, 'nothing is written before the user agrees');
  });

  it('backs up from the palette, asks why, and shows the backup in tree and status bar', async () => {
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

  it('covers by itself what another process writes', async () => {
    write(folder, LOSS);
    await window.row(/^after a change.*168\/595 passing$/).waitFor();
    await window.status.filter({ hasText: '2 backups, just now' }).waitFor();
  });

  it('compares a backup with the present in VS Code’s own diff editor', async () => {
    await window.press(/^before the first sprint/, 'Compare with Current');
    await window.tab(/before the first sprint.* ↔ now/).waitFor();
    const diff = window.page.locator('.monaco-diff-editor');
    await diff.locator('.line-delete').first().waitFor();
    await diff
      .locator('.original .view-line', { hasText: /^\s*Status:\s+passing$/ })
      .first()
      .waitFor();
    await diff
      .locator('.modified .view-line', { hasText: /^\s*Status:\s+not\s+passing$/ })
      .first()
      .waitFor();
  });

  it('shows what a restore would change, and leaves all as it is when that is dismissed', async () => {
    await window.press(/^before the first sprint/, 'Restore…');
    await window.dialog.getByText('Restore 598 features from “before the first sprint').waitFor();
    await window.dialog
      .getByText('Brings back 3 features, changes 30 features, 29 go from failing to passing.')
      .waitFor();
    await window.dialog.getByRole('button', { name: 'Cancel' }).click();
    await window.dialog.waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
  });

  it('restores when the button that names the act is pressed, and offers to undo it', async () => {
    await window.press(/^before the first sprint/, 'Restore…');
    await window.dialog.getByRole('button', { name: 'Restore 598 Features' }).click();
    const report = window.notification('Restored and verified: 598 features, 200 passing');
    await report.waitFor();
    assert.equal(ask(folder, 'SELECT sum(passes) FROM features'), 200);
    await report.getByRole('button', { name: 'Undo' }).click();
    await window.dialog.getByText('Undo the last restore?').waitFor();
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.notification('The restore was undone: 595 features, 168 passing.').waitFor();
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    // The watcher may have backed up the restored state; until it has backed up this one, that would be the last good.
    await window
      .row(/^after a change/)
      .first()
      .filter({ hasText: '168/595 passing' })
      .waitFor();
    await window.dismissNotifications();
  });

  it('says within seconds that another process has damaged the file', async () => {
    await window.status.filter({ hasText: 'just now' }).waitFor();
    damagePages(databaseOf(folder));
    await window.status.filter({ hasText: 'features.db is damaged' }).waitFor();
    assert.match((await window.status.getAttribute('class')) ?? '', /error-kind/);
    await window.row(/^features.db is damaged$/).waitFor();
    await window.notification(/shop front: features.db is damaged\..*No backup is deleted while it is so\./).waitFor();
    await window.badge('1').waitFor();
  });

  it('brings the last good backup back by the notification’s own button', async () => {
    const notification = window.notification('features.db is damaged');
    await notification.getByRole('button', { name: 'Restore Last Good Backup', exact: true }).click();
    await window.dialog.getByText(/features\.db is (not a readable database any more|damaged)/).waitFor();
    await window.dialog.getByRole('button', { name: /^Restore 59\d Features$/ }).click();
    await window.notification(/Restored and verified: 59\d features/).waitFor();
    await window.status.filter({ hasText: /^ ?\d backups, just now$/ }).waitFor();
    await window.row('features.db is damaged').waitFor({ state: 'detached' });
    await window.row('Emergency').waitFor();
    await window.badge('1').waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    assert.doesNotMatch((await window.status.getAttribute('class')) ?? '', /error-kind/);
  });

  it('undoes that restore by its report’s button, damage and all, and takes the undo back from the palette', async () => {
    await window
      .notification(/Restored and verified/)
      .getByRole('button', { name: 'Undo' })
      .click();
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.status.filter({ hasText: 'features.db is damaged' }).waitFor();
    await window.run('Feature Backups: Undo Last Restore');
    await window.dialog.getByRole('button', { name: 'Undo Restore' }).click();
    await window.notification('The restore was undone: 595 features').waitFor();
    await window.status.filter({ hasText: /^ ?\d backups, just now$/ }).waitFor();
    await window.row('features.db is damaged').waitFor({ state: 'detached' });
    assert.equal(ask(folder, 'SELECT count(*) FROM features'), 595);
    await window.dismissNotifications();
  });

  it('opens a backup to read', async () => {
    await window.row(/^before the first sprint/).click();
    await window.tab(/^before the first sprint/).waitFor();
    const editor = window.page.locator('.editor-instance .view-lines', { hasText: /^#1\s/ });
    await editor.click();
    await window.page.keyboard.type('x');
    await window.page.getByText('Cannot edit in read-only editor').first().waitFor();
  });

  it('offers in the status bar’s menu what can be done', async () => {
    await window.status.click();
    await window.quickInput.getByText('shop front: The backlog is safe').waitFor();
    await window.pick('Show Timeline');
    await window.tab('Backup Timeline').waitFor();
  });

  it('draws the timeline, tells of a point under the pointer and by the arrow keys, and reveals it in the tree', async () => {
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
    await window.pick('Keep your agents’ backlog safe');
    const step = window.page.locator('.gettingStartedContainer .getting-started-step', { hasText: 'Back up now' });
    await step.click();
    await step.getByRole('button', { name: 'Back Up Now' }).waitFor();
  });
});

function storedBackups(folder: string): number {
  return readdirSync(join(folder, '.feature_backups')).filter((name) => name.endsWith('.json')).length;
}
