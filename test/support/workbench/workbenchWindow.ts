import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrowserContext, FrameLocator, Locator, Page } from 'playwright-core';

/** One window of the workbench, and the actions of a user in it. */
export class WorkbenchWindow {
  constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  /** The extension's only status bar item. */
  get status(): Locator {
    return this.page.locator('.statusbar-item[id^="feature-backups.feature-backups"]');
  }

  get rows(): Locator {
    return this.page.locator('.sidebar .monaco-list-row');
  }

  row(text: string | RegExp): Locator {
    return this.rows.filter({ hasText: text });
  }

  get welcome(): Locator {
    return this.page.locator('.sidebar .welcome-view-content');
  }

  /** The modal dialog. */
  get dialog(): Locator {
    return this.page.locator('.monaco-dialog-box');
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget');
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notifications-toasts .notification-list-item', { hasText: text });
  }

  tab(text: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab', { hasText: text });
  }

  /** The page inside a web view: a frame in a frame. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  async showBackups(): Promise<void> {
    await this.page.locator('.activitybar').getByRole('tab', { name: 'Feature Backups' }).click();
    await this.page.locator('.sidebar .pane-header, .sidebar .title-label').first().waitFor();
  }

  /** Runs a command by its title in the command palette. */
  async run(title: string): Promise<void> {
    await this.typeIntoPalette(`>${title}`);
    const pick = this.quickInput.locator('.monaco-list-row', { hasText: title }).first();
    await pick.click();
  }

  /** Fills in the input box that a command has opened. */
  async type(text: string): Promise<void> {
    const input = this.quickInput.locator('input');
    await input.waitFor();
    await input.fill(text);
    await this.page.keyboard.press('Enter');
  }

  async pick(text: string | RegExp): Promise<void> {
    await this.quickInput.locator('.monaco-list-row', { hasText: text }).first().click();
  }

  /** Clicks one of the buttons that a row shows under the pointer. */
  async press(row: string | RegExp, action: string): Promise<void> {
    // A visible tooltip would cover the row.
    await this.moveAway();
    await this.row(row).hover();
    await this.row(row).getByRole('button', { name: action }).click();
  }

  /** Moves the pointer to a place without a tooltip. */
  async moveAway(): Promise<void> {
    await this.page.mouse.move(700, 600);
    await this.page.locator('.workbench-hover').waitFor({ state: 'hidden' });
  }

  /** Hovers until the tooltip contains this text, again if a busy page has dropped the tooltip. */
  async hoverUntil(target: Locator, text: string): Promise<void> {
    const tooltip = this.page.locator('.workbench-hover', { hasText: text });
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.moveAway();
      await target.hover();
      const isShown = await tooltip.waitFor({ timeout: 3000 }).then(
        () => true,
        () => false,
      );
      if (isShown) return;
    }
    await tooltip.waitFor();
  }

  /** Drags the side bar's edge to the right. */
  async widenSidebar(byPx: number): Promise<void> {
    const box = await this.page.locator('.part.sidebar').boundingBox();
    if (box === null) throw new Error('there is no side bar');
    const [x, y] = [box.x + box.width, box.y + box.height / 2];
    await this.page.mouse.move(x, y);
    await this.page.mouse.down();
    await this.page.mouse.move(x + byPx, y, { steps: 4 });
    await this.page.mouse.up();
  }

  /** For pictures only: waits until animations have ended. */
  async settle(): Promise<void> {
    await this.page.waitForTimeout(600);
  }

  /** The badge on the extension’s icon, which briefly shows progress instead. */
  badge(text: string): Locator {
    const icon = this.page.locator('.activitybar .action-item', { has: this.page.getByLabel(/^Feature Backups/) });
    return icon.locator('.badge-content', { hasText: text });
  }

  /** The path of the picture with this name. */
  async readTree(path = join(tmpdir(), `feature-backups-window-${process.pid}.png`)): Promise<string> {
    await this.page.screenshot({ path });
    return path;
  }

  async dismissNotifications(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
    await this.page.locator('.notifications-toasts .notification-list-item').first().waitFor({ state: 'detached' });
  }

  async close(): Promise<void> {
    await this.context.close();
  }

  /** Repeats until the text is typed: a web view that takes the focus swallows keys and closes the palette. */
  private async typeIntoPalette(text: string): Promise<void> {
    const input = this.quickInput.locator('input').first();
    for (let attempt = 0; attempt < 10; attempt++) {
      await this.page.keyboard.press('F1');
      const isTyped = await input.fill(text, { timeout: 1500 }).then(
        () => true,
        () => false,
      );
      if (isTyped) return;
    }
    await input.fill(text);
  }
}
