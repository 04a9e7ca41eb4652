import { join } from 'node:path';
import { makeTemporaryFolder, removeFolder } from '../temporaryFolder.js';
import { makeManyProjects } from './manyProjects.js';
import type { ScreenshotSession } from './pictures.js';
import { makeRichProject } from './richProject.js';
import { Workbench } from './workbench.js';

/** The All Projects view of a user with a project in every state. */
export async function captureAllProjects(
  { extensionsFolder, theme, folder }: ScreenshotSession,
  settings: Readonly<Record<string, unknown>>,
): Promise<void> {
  const scratch = await makeTemporaryFolder();
  const [home, work] = [join(scratch, 'home'), join(scratch, 'work')];
  const open = await makeRichProject(join(work, 'shop-front'));
  await makeManyProjects({ home, work }, open);
  const workbench = await Workbench.start({ extensionsFolder, theme, settings, home });
  try {
    const window = await workbench.open(open, { width: 1000, height: 640 });
    const takeScreenshot = async (name: string): Promise<void> => {
      await window.readTree(join(folder, `${name}.png`));
    };
    await window.showBackups();
    await window.widenSidebar(200);
    await window.moveAway();
    await window.row('Today').waitFor();
    await window.run('Feature Backups: Show All Projects');
    // The view needs the space.
    await window.page.locator('.sidebar .pane-header', { hasText: /^Backups/ }).click();
    await window.row(/^old-landing-page/).waitFor();
    await window.row(/^The last test restore failed/).waitFor();
    await window.page.getByText(/^Checking/).waitFor({ state: 'hidden' });
    await window.moveAway();
    await window.settle();
    await takeScreenshot('allProjects');
    await window.hoverUntil(window.row(/^newsletter/), 'Target usb');
    await takeScreenshot('allProjectsTooltip');
    await window.row(/^blog/).click({ button: 'right' });
    await window.page.locator('.context-view').getByText('Test Restore').waitFor();
    await window.settle();
    await takeScreenshot('allProjectsMenu');
    await window.page.keyboard.press('Escape');
    await window.close();
  } finally {
    await workbench.stop();
    await removeFolder(scratch);
  }
}
