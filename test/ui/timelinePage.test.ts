import assert from 'node:assert/strict';
import type { Page } from 'playwright-core';
import { overviewOf, sampleBackup, sampleOverview } from '../support/timeline/sampleOverview.js';
import { Browsers, PageInBrowser, type Opening } from '../support/timeline/pageInBrowser.js';
import type { ThemeName } from '../support/timeline/themes.js';

const HOUR_MS = 3_600_000;
const start = Date.parse('2026-01-25T08:00:00Z');

/** Five backups, an hour apart; the third is an emergency backup, the fourth raw files. */
const five = overviewOf(
  [0, 1, 2, 3, 4].map((hour) =>
    sampleBackup({
      id: `backup${hour}`,
      createdAt: new Date(start + hour * HOUR_MS),
      counts: { total: 500 + hour, passing: 100 * hour },
      ...(hour === 2 && { kind: 'emergency' }),
      ...(hour === 3 && { kind: 'emergency', content: 'raw', counts: {} }),
    }),
  ),
);

describe('the timeline’s page, in a browser', () => {
  let browsers: Browsers;
  let opened: PageInBrowser;
  let page: Page;

  before(async () => {
    browsers = await Browsers.start();
  });
  after(async () => {
    await browsers.stop();
  });
  afterEach(async () => {
    assert.deepEqual(opened.consoleErrors, [], 'the page reports a violated policy or a bug');
    assert.deepEqual(await opened.received('failed'), []);
    await opened.close();
  });

  async function open(opening: Opening): Promise<void> {
    opened = await PageInBrowser.open(browsers, opening);
    ({ page } = opened);
  }

  for (const count of [0, 1, 20, 500]) {
    for (const theme of ['light', 'dark', 'highContrast', 'highContrastLight'] satisfies ThemeName[]) {
      it(`draws a timeline of ${count}, ${theme}`, async () => {
        await open({ overview: sampleOverview(count), theme });
        assert.deepEqual(await opened.received('drawn'), [{ type: 'drawn', pointCount: count }]);
        assert.equal(await page.locator('#rows tr').count(), count);
        assert.equal(await page.locator('#empty').isVisible(), count === 0);
        assert.equal(await page.locator('#chart canvas').count(), count === 0 ? 0 : 1);
      });
    }
  }

  it('offers to back up if there are no backups, and draws the first one', async () => {
    await open({ overview: sampleOverview(0) });
    await page.getByRole('button', { name: 'Back Up Now' }).click();
    assert.equal((await opened.received('backUp')).length, 1);
    await opened.show(sampleOverview(1));
    await page.locator('#chart canvas').waitFor();
    await opened.show(sampleOverview(0));
    await page.locator('#empty').waitFor();
  });

  it('describes the backup under the pointer', async () => {
    await open({ overview: five });
    await hover('backup1');
    const card = await page.locator('#card').innerText();
    assert.match(card, /manual backup\n.*2026.*\n501 features, 100 passing\nverified · 426 kB/);
    await page.mouse.move(5, 5);
    await page.locator('#card').waitFor({ state: 'hidden' });
  });

  it('keeps the card within the plot at both ends', async () => {
    await open({ overview: five, width: 480 });
    for (const id of ['backup0', 'backup4']) {
      await hover(id);
      const [card, chart] = [await box('#card'), await box('#chart')];
      assert.ok(card.x >= chart.x && card.x + card.width <= chart.x + chart.width, id);
    }
  });

  it('reveals the clicked backup, and nothing on empty space', async () => {
    await open({ overview: five });
    const { x, y } = await placeOf('backup4');
    await page.mouse.click(x - 60, y);
    await page.mouse.click(x, y);
    assert.deepEqual(await opened.received('reveal'), [{ type: 'reveal', id: 'backup4' }]);
  });

  it('moves between points with the arrow keys and announces each', async () => {
    await open({ overview: five });
    await page.focus('#chart');
    await press('ArrowLeft');
    assert.match(await live(), /504 features, 400 passing.*5 of 5$/);
    await press('ArrowLeft');
    assert.match(await live(), /copy of the database files.*without a consistent snapshot.*4 of 5$/);
    await press('Home');
    assert.match(await live(), /1 of 5$/);
    assert.match(await page.locator('#card').innerText(), /500 features/);
    await press('Enter');
    assert.deepEqual(await opened.received('reveal'), [{ type: 'reveal', id: 'backup0' }]);
  });

  it('compares two backups, the older first, in any order of selection', async () => {
    await open({ overview: five });
    const compare = page.getByRole('button', { name: 'Compare' });
    await page.focus('#chart');
    await press('End', ' ');
    assert.ok(await compare.isDisabled());
    await press('Home', ' ');
    await compare.click();
    assert.deepEqual(await opened.received('compare'), [{ type: 'compare', ids: ['backup0', 'backup4'] }]);
  });

  it('selects with Shift+click, and clears the selection', async () => {
    await open({ overview: five });
    for (const id of ['backup1', 'backup2']) {
      const { x, y } = await placeOf(id);
      await page.keyboard.down('Shift');
      await page.mouse.click(x, y);
      await page.keyboard.up('Shift');
    }
    assert.deepEqual((await opened.state()).selected, ['backup1', 'backup2']);
    assert.deepEqual(await opened.received('reveal'), []);
    await page.getByRole('button', { name: 'Clear Selection' }).click();
    assert.deepEqual((await opened.state()).selected, []);
  });

  it('reports that raw files cannot be compared', async () => {
    await open({ overview: five });
    await page.focus('#chart');
    await press('End', 'ArrowLeft', ' ');
    assert.match(await live(), /cannot be compared/);
    assert.deepEqual((await opened.state()).selected, []);
  });

  it('zooms to a dragged range without revealing a backup, and shows all on a double-click', async () => {
    await open({ overview: five });
    const [from, to] = [await placeOf('backup1'), await placeOf('backup2')];
    await page.mouse.move(from.x, 300);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, 310, { steps: 4 });
    await page.mouse.move(to.x, 320, { steps: 4 });
    await page.mouse.up();
    const zoom = (await opened.state()).zoom;
    assert.ok(zoom);
    assert.ok(Math.abs(zoom.minMs - (start + HOUR_MS)) < HOUR_MS / 50, String(new Date(zoom.minMs)));
    assert.ok(Math.abs(zoom.maxMs - (start + 2 * HOUR_MS)) < HOUR_MS / 50, String(new Date(zoom.maxMs)));
    assert.match(await page.locator('#range').innerText(), /^Showing .* to /);
    await page.mouse.dblclick((from.x + to.x) / 2, 500);
    assert.equal((await opened.state()).zoom, undefined);
    assert.equal(await page.locator('#range').innerText(), 'Showing all');
    assert.deepEqual(await opened.received('reveal'), []);
  });

  it('zooms around the current point with plus and minus, and shows all with Escape', async () => {
    await open({ overview: five });
    await page.focus('#chart');
    await press('Home', '+', '+');
    const { zoom } = await opened.state();
    assert.ok(zoom && zoom.minMs <= start && zoom.maxMs < start + 2 * HOUR_MS);
    await press('-', '-');
    assert.equal((await opened.state()).zoom, undefined);
    await press('+', 'Escape');
    assert.equal((await opened.state()).zoom, undefined);
    assert.equal(await page.getByRole('button', { name: 'Show All' }).isDisabled(), true);
  });

  it('moves the range to keep the current point visible', async () => {
    await open({ overview: five });
    await page.focus('#chart');
    await press('Home', '+', '+', '+', 'End');
    const { zoom } = await opened.state();
    assert.ok(zoom && zoom.maxMs > start + 4 * HOUR_MS);
    assert.ok(await page.locator('#card').isVisible());
  });

  it('restores its state, without deleted backups', async () => {
    const zoom = { minMs: start, maxMs: start + HOUR_MS };
    const state = { root: five.root, zoom, selected: ['gone', 'backup1'], current: 'backup1' };
    await open({ overview: five, state });
    assert.deepEqual(await opened.state(), { ...state, selected: ['backup1'] });
    assert.match(await page.locator('#comparison').innerText(), /^Selected: /);
  });

  it('ignores the state of another project', async () => {
    const zoom = { minMs: start, maxMs: start + HOUR_MS };
    await open({ overview: five, state: { root: '/other', zoom, selected: ['backup1'] } });
    assert.deepEqual((await opened.state()).selected, []);
    assert.equal((await opened.state()).zoom, undefined);
  });

  it('keeps the zoom while backups are added', async () => {
    await open({ overview: five });
    await page.focus('#chart');
    await press('Home', '+');
    const { zoom } = await opened.state();
    const later = sampleBackup({ id: 'later', createdAt: new Date(start + 5 * HOUR_MS) });
    await opened.show(overviewOf([...five.backups, later]));
    await page.locator('#rows tr').nth(5).waitFor({ state: 'attached' });
    assert.deepEqual((await opened.state()).zoom, zoom);
  });

  it('adapts to the size of the tab', async () => {
    await open({ overview: sampleOverview(20) });
    for (const size of [
      { width: 360, height: 500 },
      { width: 1400, height: 900 },
    ]) {
      await page.setViewportSize(size);
      await untilDrawnToSize();
      const [chart, body] = [await box('#chart'), await box('body')];
      assert.ok(chart.width <= size.width && chart.x >= 0);
      assert.ok(body.width <= size.width, 'nothing is beyond the right edge');
      assert.equal(await page.evaluate('document.documentElement.scrollWidth'), size.width);
    }
  });

  it('ignores invalid messages', async () => {
    await open({ overview: five });
    for (const message of ['x', null, { type: 'data' }, { type: 'data', data: { points: 3 } }]) {
      await opened.post(message);
    }
    assert.equal((await opened.received('drawn')).length, 1);
  });

  it('shows a note instead of the timeline', async () => {
    await open({ overview: five });
    await opened.post({ type: 'note', text: 'The feature database no longer exists.' });
    await page.getByText('The feature database no longer exists.').waitFor();
    assert.equal(await page.locator('#chart').isVisible(), false);
    await opened.show(five);
    await page.locator('#chart').waitFor();
  });

  async function press(...keys: readonly string[]): Promise<void> {
    for (const key of keys) await page.keyboard.press(key);
  }

  // The page's policy forbids `waitForFunction`, which evaluates a string.
  async function untilDrawnToSize(): Promise<void> {
    const difference =
      "document.querySelector('#chart').clientWidth - document.querySelector('#chart canvas').clientWidth";
    const deadlineMs = Date.now() + 10_000;
    while (Math.abs(await page.evaluate<number>(difference)) >= 2) {
      assert.ok(Date.now() < deadlineMs, 'the plot has not adapted to the size of its tab');
    }
  }

  async function live(): Promise<string> {
    return await page.locator('#live').innerText();
  }

  async function box(selector: string) {
    const found = await page.locator(selector).boundingBox();
    assert.ok(found, selector);
    return found;
  }

  /** The position of one of the five backups in the full range, which has a margin of 3 % at both ends. */
  async function placeOf(id: string): Promise<{ readonly x: number; readonly y: number }> {
    const plot = await box('#chart .u-over');
    const backup = five.backups.find((each) => each.id === id);
    assert.ok(backup);
    const part = (backup.createdAt.getTime() - start) / (4 * HOUR_MS);
    return { x: plot.x + (plot.width * (0.03 + part)) / 1.06, y: plot.y + plot.height * 0.1 };
  }

  async function hover(id: string): Promise<void> {
    const { x, y } = await placeOf(id);
    await page.mouse.move(x, y);
    await page.locator('#card').waitFor();
  }
});
