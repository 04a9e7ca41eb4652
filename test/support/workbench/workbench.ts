import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { removeFolder } from '../temporaryFolder.js';
import { launchBrowser, startServer, untrustedSettings, workbenchUrl } from '../../extension/host/server.mjs';
import type { RunningServer } from '../../extension/host/server.mjs';
import { WorkbenchWindow } from './workbenchWindow.js';

export const themes = {
  light: 'Light Modern',
  dark: 'Dark Modern',
  highContrast: 'Default High Contrast',
  highContrastLight: 'Default High Contrast Light',
} as const;
export type ThemeName = keyof typeof themes;

export interface WorkbenchOptions {
  readonly extensionsFolder: string;
  readonly isTrusted?: boolean;
  readonly theme?: ThemeName;
  /** Settings in addition to those that suppress the workbench's own messages. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** The user's home; an empty one by default. */
  readonly home?: string;
}

/** VS Code's server with the extension installed, and a browser that shows its workbench. */
export class Workbench {
  private constructor(
    private readonly server: RunningServer,
    private readonly browser: Browser,
    private readonly scratch: string,
  ) {}

  static async start({ extensionsFolder, isTrusted = true, theme = 'dark', settings, ...given }: WorkbenchOptions) {
    const scratch = await mkdtemp(join(tmpdir(), 'feature-backups-workbench-'));
    const home = given.home ?? join(scratch, 'home');
    // The first backup would otherwise create the vault and show a notice.
    const vault = join(scratch, 'vault');
    await mkdir(vault, { recursive: true });
    await mkdir(home, { recursive: true });
    const [server, browser] = await Promise.all([
      startServer({
        userData: scratch,
        extensionsFolder,
        isTrusted,
        environment: {
          HOME: home,
          XDG_CONFIG_HOME: join(home, '.config'),
          FEATURE_BACKUPS_STATE: join(home, 'state'),
          FEATURE_BACKUPS_VAULT: vault,
        },
        settings: {
          // The system's own dialogs are not part of the page; VS Code's are.
          'window.dialogStyle': 'custom',
          'workbench.colorTheme': themes[theme],
          ...(isTrusted ? {} : untrustedSettings),
          ...settings,
        },
      }),
      launchBrowser(),
    ]);
    return new Workbench(server, browser, scratch);
  }

  /** Opens a folder or nothing in a new window, which has its own extension host. */
  async open(folder: string | undefined, size = { width: 1280, height: 800 }): Promise<WorkbenchWindow> {
    const context = await this.browser.newContext({ viewport: size });
    const page = await context.newPage();
    page.setDefaultTimeout(20_000);
    await page.goto(workbenchUrl(this.server.port, { folder }));
    await page.locator('.monaco-workbench').waitFor();
    return new WorkbenchWindow(page, context);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await removeFolder(this.scratch);
  }
}
