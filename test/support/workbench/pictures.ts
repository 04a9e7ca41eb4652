import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseOf, write } from '../../extension/support/writer.js';
import { makeTemporaryFolder, removeFolder } from '../temporaryFolder.js';
import { captureAllProjects } from './allProjectsPicture.js';
import { damagePages } from './damagePages.js';
import { LOSS, makeLongLivedProject, makeProject, makeRichProject } from './richProject.js';
import { Workbench, type ThemeName } from './workbench.js';
import type { WorkbenchWindow } from './workbenchWindow.js';

export interface ScreenshotSession {
  readonly extensionsFolder: string;
  readonly theme: ThemeName;
  /** The folder for the pictures, each `<name>.png`. */
  readonly folder: string;
}

/** Every state that a user can see, in one theme. */
export async function captureAll({ extensionsFolder, theme, folder }: ScreenshotSession): Promise<void> {
  await mkdir(folder, { recursive: true });
  const scratch = await makeTemporaryFolder();
  const trusted = await Workbench.start({ extensionsFolder, theme, settings: SETTINGS });
  const untrusted = await Workbench.start({ extensionsFolder, theme, settings: SETTINGS, isTrusted: false });
  try {
    const rich = await makeRichProject(join(scratch, 'shop-front'));
    const fresh = makeProject(join(scratch, 'fresh', 'shop-front'));
    await readTree(untrusted, rich, untrustedScene);
    await readTree(untrusted, fresh, untrustedFreshScene);
    await readTree(trusted, fresh, firstRunScene);
    await readTree(trusted, rich, healthyScene);
    await readTree(trusted, await makeLongLivedProject(join(scratch, 'long', 'shop-front')), historyScene);
    await readTree(trusted, rich, restoreScene);
    await readTree(trusted, rich, damagedScene);
    await captureAllProjects({ extensionsFolder, theme, folder }, SETTINGS);
  } finally {
    await Promise.all([trusted.stop(), untrusted.stop()]);
    await removeFolder(scratch);
  }

  async function readTree(workbench: Workbench, project: string, scene: Scene): Promise<void> {
    const window = await workbench.open(project, { width: 1200, height: 720 });
    await window.showBackups();
    await window.widenSidebar(100);
    await window.moveAway();
    const takeScreenshot: TakeScreenshot = async (name) => {
      await window.readTree(join(folder, `${name}.png`));
    };
    try {
      await scene(window, takeScreenshot, project);
    } catch (error) {
      await takeScreenshot('failure');
      throw error;
    }
    await window.close();
  }
}

type TakeScreenshot = (name: string) => Promise<void>;
type Scene = (window: WorkbenchWindow, takeScreenshot: TakeScreenshot, project: string) => Promise<void>;

const SETTINGS = {
  'diffEditor.hideUnchangedRegions.enabled': true,
  'diffEditor.hideUnchangedRegions.contextLineCount': 2,
  'diffEditor.hideUnchangedRegions.minimumLineCount': 2,
  'diffEditor.useInlineViewWhenSpaceIsLimited': false,
  'editor.minimap.enabled': false,
  'editor.stickyScroll.enabled': false,
  'editor.renderLineHighlight': 'none',
  'window.commandCenter': false,
  'workbench.layoutControl.enabled': false,
};

const untrustedScene: Scene = async (window, takeScreenshot) => {
  await window.row('Today').waitFor();
  await takeScreenshot('untrusted');
  await window.hoverUntil(window.status, 'No problems');
  await takeScreenshot('untrustedStatus');
};

const untrustedFreshScene: Scene = async (window, takeScreenshot) => {
  await window.welcome.getByText('not trusted').waitFor();
  await takeScreenshot('untrustedWelcome');
};

const firstRunScene: Scene = async (window, takeScreenshot) => {
  await window.welcome.getByRole('button', { name: 'Back Up Now' }).waitFor();
  await takeScreenshot('welcome');
  await window.welcome.getByRole('button', { name: 'Back Up Now' }).click();
  await window.quickInput.locator('input').waitFor();
  await takeScreenshot('reason');
  await window.page.keyboard.press('Escape');
  await window.run('Feature Backups: Show Timeline');
  await window.webview.getByRole('heading', { name: 'No backups yet' }).waitFor();
  await takeScreenshot('timelineEmpty');
  await window.run('View: Close All Editors');
  await window.run('View: Toggle Primary Side Bar Visibility');
  await window.run('Welcome: Open Walkthrough');
  await window.pick('Protect your agents’ backlog');
  for (const step of [
    'See your backups',
    'Back up now',
    'Install the git hook',
    'Connect an agent',
    'Restore a backup',
  ]) {
    await window.page.locator('.getting-started-step', { hasText: step }).first().click();
    await window.settle();
    await takeScreenshot(`walkthrough ${step}`);
  }
};

const healthyScene: Scene = async (window, takeScreenshot) => {
  await window.row('Yesterday').click();
  await window.row('Emergency backups').click();
  await window.row('before the big refactoring').click();
  await window.page.locator('.editor-instance .view-line', { hasText: /^#1\s/ }).waitFor();
  await window.moveAway();
  await window.settle();
  await takeScreenshot('tree');
  await window.hoverUntil(window.row('before the big refactoring'), 'Created:');
  await takeScreenshot('treeTooltip');
  await window.hoverUntil(window.status, 'No problems');
  await takeScreenshot('statusTooltip');
  await window.status.click();
  await window.quickInput.getByText('No problems').waitFor();
  await takeScreenshot('statusMenu');
  await window.pick('Show Timeline');
  await window.webview.locator('#chart canvas').waitFor();
  await window.run('View: Close Other Editors in Group');
  await window.webview.locator('#chart').focus();
  for (const key of ['End', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'ArrowLeft'])
    await window.page.keyboard.press(key);
  await window.webview.locator('#card').waitFor();
  await takeScreenshot('timeline');
};

const historyScene: Scene = async (window, takeScreenshot) => {
  await window.row('Today').waitFor();
  await window.row('History').click();
  await window.row('Yesterday').click();
  await window.row('before mark passing #312').click();
  await window.page.locator('.editor-instance .view-line', { hasText: /^#1\s/ }).waitFor();
  await window.moveAway();
  await window.settle();
  await takeScreenshot('history');
  await window.hoverUntil(window.row('before mark passing #312'), 'Created:');
  await takeScreenshot('historyTooltip');
  await window.row('before mark passing #312').click({ button: 'right' });
  await window.page.locator('.context-view').getByText('Copy Backup Name').waitFor();
  await takeScreenshot('historyMenu');
  await window.page.keyboard.press('Escape');
  await window.run('Feature Backups: Restore to Point in Time…');
  await window.quickInput.getByText('Restores “').waitFor();
  await takeScreenshot('restoreAtTime');
  await window.page.keyboard.press('Escape');
};

const restoreScene: Scene = async (window, takeScreenshot, project) => {
  await window.row('Today').waitFor();
  write(project, LOSS);
  await window.row(/^after a change.*595 passing/).waitFor();
  await window.press(/^before the big refactoring/, 'Compare with Current Backlog');
  await window.page.locator('.monaco-diff-editor .line-delete').first().waitFor();
  await window.moveAway();
  await window.settle();
  await takeScreenshot('diff');
  await window.press(/^before the big refactoring/, 'Restore Backup…');
  await window.dialog.waitFor();
  await window.notification('Previewing the restore').waitFor({ state: 'detached' });
  await takeScreenshot('restore');
  await window.dialog.getByRole('button', { name: 'Cancel' }).click();
};

const damagedScene: Scene = async (window, takeScreenshot, project) => {
  await window.row('Today').waitFor();
  damagePages(databaseOf(project));
  const notification = window.notification('The database is damaged');
  await notification.waitFor();
  await window.row('The database is damaged').waitFor();
  await window.badge('1').waitFor();
  await takeScreenshot('damaged');
  await notification.getByRole('button', { name: 'Restore Last Good Backup' }).click();
  await window.dialog.waitFor();
  await window.notification('Previewing the restore').waitFor({ state: 'detached' });
  await takeScreenshot('restoreLastGood');
  await window.dialog.getByRole('button', { name: /^Restore \d+ Features/ }).click();
  await window.notification('Restored and verified').waitFor();
  await window.row('Emergency backups').waitFor();
  await window.row('Emergency backups').click();
  await window.notification('Restoring').waitFor({ state: 'detached' });
  await takeScreenshot('restored');
};
