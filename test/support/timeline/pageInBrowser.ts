import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import type { Overview } from '../../../extension/engine/protocol.js';
import type { MessageToExtension, TimelineState } from '../../../extension/timeline/protocol.js';
import { timelineData } from '../../../extension/timeline/timelineData.js';
import { timelinePage } from '../../../extension/timeline/timelinePage.js';
import { pageWords } from '../../../extension/timeline/timelineWords.js';
import { findChromium } from '../../extension/host/places.mjs';
import { themes, type ThemeName } from './themes.js';

const built = join(import.meta.dirname, '../../../dist/timeline');

export interface Opening {
  readonly overview: Overview;
  readonly theme?: ThemeName;
  readonly state?: TimelineState;
  readonly width?: number;
  readonly height?: number;
}

/** The built timeline page in a real browser, with a stand-in for VS Code's side of a web view. */
export class PageInBrowser {
  readonly consoleErrors: string[] = [];

  private constructor(
    readonly page: Page,
    private readonly context: BrowserContext,
  ) {}

  static async open(browsers: Browsers, opening: Opening): Promise<PageInBrowser> {
    const { width = 1000, height = 640, theme = 'dark' } = opening;
    const context = await browsers.browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const opened = new PageInBrowser(page, context);
    page.on('console', (message) => opened.consoleErrors.push(message.text()));
    page.on('pageerror', (error) => opened.consoleErrors.push(String(error)));
    await page.addInitScript({ content: standIn(opening.state) });
    await page.goto(browsers.url);
    await page.evaluate(applyTheme, themes[theme]);
    await opened.show(opening.overview);
    return opened;
  }

  async show(overview: Overview): Promise<void> {
    await this.post({ type: 'data', data: timelineData(overview, { name: 'shop-front', isTrusted: true }) });
  }

  async post(message: unknown): Promise<void> {
    // Listeners run in the order in which they were added: this one after the page's own.
    await this.page.evaluate(`new Promise((resolve) => {
      window.addEventListener('message', () => setTimeout(resolve), { once: true });
      window.postMessage(${JSON.stringify(message)}, '*');
    })`);
  }

  /** The page's messages of one type, in order. */
  async received<Type extends MessageToExtension['type']>(
    type: Type,
  ): Promise<readonly Extract<MessageToExtension, { type: Type }>[]> {
    const messages = await this.page.evaluate<MessageToExtension[]>('toldMessages');
    return messages.filter((message): message is Extract<MessageToExtension, { type: Type }> => message.type === type);
  }

  async state(): Promise<TimelineState> {
    return await this.page.evaluate(
      () => (globalThis as unknown as { rememberedState: TimelineState }).rememberedState,
    );
  }

  async close(): Promise<void> {
    await this.context.close();
  }
}

/** One browser, and the server of the page, for a whole suite. */
export class Browsers {
  private constructor(
    readonly browser: Browser,
    readonly url: string,
    private readonly server: Server,
  ) {}

  static async start(): Promise<Browsers> {
    const executablePath = findChromium();
    const [browser, { server, url }] = await Promise.all([
      chromium.launch({ ...(executablePath !== undefined && { executablePath }), args: ['--no-sandbox'] }),
      serve(),
    ]);
    return new Browsers(browser, url, server);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
  }
}

async function serve(): Promise<{ readonly server: Server; readonly url: string }> {
  const files = new Map<string, readonly [type: string, body: Buffer]>([
    ['/timeline.js', ['text/javascript', await readFile(join(built, 'timeline.js'))]],
    ['/timeline.css', ['text/css', await readFile(join(built, 'timeline.css'))]],
  ]);
  const server = createServer((request, response) => {
    const [type, body] = files.get(request.url ?? '') ?? ['text/html; charset=utf-8', html(url)];
    response.writeHead(200, { 'content-type': type }).end(body);
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const address = server.address();
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`;
  return { server, url };
}

function html(url: string): string {
  return timelinePage({
    nonce: 'nonceOfTheTest',
    cspSource: url,
    scriptUri: `${url}/timeline.js`,
    styleUri: `${url}/timeline.css`,
    language: 'en',
    words: pageWords(),
  });
}

/**
 * Runs in the page before its script. As text, because the compiler of the tests adds calls to functions that the page
 * lacks.
 */
function standIn(state: TimelineState | undefined): string {
  return `
    globalThis.rememberedState = ${state === undefined ? 'undefined' : JSON.stringify(state)};
    globalThis.toldMessages = [];
    globalThis.acquireVsCodeApi = () => ({
      postMessage: (message) => { globalThis.toldMessages.push(message); },
      getState: () => globalThis.rememberedState,
      setState: (value) => { globalThis.rememberedState = value; },
    });
  `;
}

/** Runs in the page. Sets the theme as VS Code does in a web view. */
function applyTheme({
  kind,
  colors,
}: {
  readonly kind: string;
  readonly colors: Readonly<Record<string, string>>;
}): void {
  const { document } = globalThis as unknown as {
    document: Record<
      'body' | 'documentElement',
      { className: string; style: { setProperty: (name: string, value: string) => void } }
    >;
  };
  document.body.className = kind;
  for (const [name, color] of Object.entries(colors)) {
    document.documentElement.style.setProperty(`--vscode-${name}`, color);
  }
}
