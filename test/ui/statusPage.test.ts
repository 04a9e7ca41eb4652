import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { statusPage } from '../../cli/statusPage/page.js';
import type { Scope } from '../../cli/statusPage/makeCard.js';
import { findChromium } from '../extension/host/places.mjs';
import { NOW, sampleCard, sampleHealth, type Condition } from '../support/sampleCards.js';
import { useTemporaryFolder } from '../support/temporaryFolder.js';

const CONDITIONS = [
  'ok',
  'busy',
  'changed',
  'damaged',
  'drill',
  'target',
  'missing',
  'no-database',
] satisfies Condition[];

interface Opening {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  readonly scope?: Scope;
}

describe('the status page, in a browser', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let url = '';
  const requests: string[] = [];
  const consoleErrors: string[] = [];

  before(async () => {
    const executablePath = findChromium();
    browser = await chromium.launch({
      ...(executablePath !== undefined && { executablePath }),
      args: ['--no-sandbox'],
    });
  });
  after(async () => {
    await browser.close();
  });
  afterEach(async () => {
    await context.close();
    assert.deepEqual(consoleErrors, [], 'the page violates its policy');
    assert.deepEqual(
      requests.filter((url) => !url.startsWith('data:')),
      [url],
      'the page loads only itself',
    );
  });

  async function open(
    names: readonly string[],
    { width = 1200, colorScheme = 'light', scope = 'all' }: Opening = {},
  ): Promise<void> {
    const cards = names.map((name, index) =>
      sampleCard(sampleHealth(CONDITIONS[index % CONDITIONS.length] ?? 'ok', name), {
        headingLevel: scope === 'one' ? 2 : 3,
      }),
    );
    writeFileSync(folder.join('status.html'), statusPage(cards, { scope, isComplete: false, now: NOW }));
    context = await browser.newContext({ viewport: { width, height: 800 }, colorScheme });
    page = await context.newPage();
    requests.length = 0;
    consoleErrors.length = 0;
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => consoleErrors.push(message.text()));
    page.on('dialog', (dialog) => consoleErrors.push(dialog.message()));
    url = pathToFileURL(folder.join('status.html')).href;
    await page.goto(url);
  }

  const names = (count: number): readonly string[] => Array.from({ length: count }, (_, index) => `project ${index}`);

  for (const count of [3, 200]) {
    it(`shows ${count} projects, each in a card of its own`, async () => {
      await open(names(count));
      for (const name of count === 3 ? names(count) : ['project 0', 'project 100', 'project 199']) {
        const card = page
          .getByRole('article')
          .filter({ has: page.getByRole('heading', { name, exact: true, level: 3 }) });
        assert.equal(await card.count(), 1, name);
      }
      assert.equal(await page.getByRole('article').count(), count);
    });
  }

  it('shows one project', async () => {
    await open(['shop'], { scope: 'one' });
    assert.match(await page.title(), /^shop: OK – Backup status$/);
    await page.getByRole('heading', { name: 'shop', level: 2 }).waitFor();
    await page.getByRole('img', { name: /^Curve from 559 to 598 features, from 5 to 200 passing/ }).waitFor();
  });

  it('shows markup in a name as text', async () => {
    const name = '<img src="http://127.0.0.1:1/x"><script>alert(1)</script><b>shop</b>';
    await open([name]);
    await page.getByRole('heading', { name, exact: true }).waitFor();
    assert.equal(await page.locator('img, script').count(), 0);
  });

  it('links to the projects in one state', async () => {
    await open(names(40));
    await page.getByRole('navigation').getByRole('link', { name: 'OK 5' }).click();
    const heading = page.getByRole('heading', { name: 'OK 5' });
    const top = (await heading.boundingBox())?.y ?? NaN;
    assert.ok(top >= 0 && top < 800, String(top));
  });

  for (const colorScheme of ['light', 'dark'] as const) {
    it(`has enough contrast, ${colorScheme}`, async () => {
      await open(names(7), { colorScheme });
      const texts = await page.evaluate<readonly Contrast[]>(CONTRASTS);
      assert.ok(texts.length > 50, String(texts.length));
      assert.deepEqual(
        texts.filter(({ ratio }) => ratio < 4.5),
        [],
      );
      const isDark = (await page.evaluate<number>(`luminance(getComputedStyle(document.body).backgroundColor)`)) < 0.2;
      assert.equal(isDark, colorScheme === 'dark');
    });
  }

  it('fits a narrow screen, however long a name is', async () => {
    await open(['ok', 'a'.repeat(200), 'a long name '.repeat(20)], { width: 320 });
    assert.equal(await page.evaluate('document.documentElement.scrollWidth'), 320);
  });

  it('prints dark text on white paper, and splits no card across pages', async () => {
    await open(names(12), { colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    await page.evaluate(CONTRASTS);
    assert.equal(await page.evaluate(`luminance(getComputedStyle(document.body).backgroundColor)`), 1);
    assert.ok((await page.evaluate<number>(`luminance(getComputedStyle(document.body).color)`)) < 0.1);
    assert.equal(await page.evaluate(`getComputedStyle(document.querySelector('.card')).breakInside`), 'avoid');
    assert.ok((await page.pdf({ format: 'A4' })).length > 10_000);
  });
});

interface Contrast {
  readonly text: string;
  readonly ratio: number;
}

/** Runs in the page: the contrast of each text with the background behind it, as WCAG 2 defines it. */
const CONTRASTS = `
  globalThis.luminance = (colour) => {
    const parts = colour.match(/[\\d.]+/g).slice(0, 3).map((part) => Number(part) / 255);
    const [red, green, blue] = parts.map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const backgroundBehind = (element) => {
    const colour = getComputedStyle(element).backgroundColor;
    return colour === 'rgba(0, 0, 0, 0)' ? backgroundBehind(element.parentElement) : colour;
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const text = walker.currentNode.data.trim();
    const element = walker.currentNode.parentElement;
    if (text === '') continue;
    const values = [getComputedStyle(element).color, backgroundBehind(element)].map(luminance);
    found.push({ text, ratio: (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05) });
  }
  found;
`;
