import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { thinned, type CurvePoint } from '../../../../cli/statusPage/curve.js';
import { sparkline } from '../../../../cli/statusPage/sparkline.js';

const DAY_MS = 86_400_000;
const start = Date.parse('2026-01-01T12:00:00Z');

function points(count: number): CurvePoint[] {
  return Array.from({ length: count }, (_, index) => ({
    atMs: start + index * DAY_MS,
    features: 500 + index,
    passing: index,
  }));
}

describe('the curve of a status page', () => {
  it('is unchanged if it is short', () => {
    assert.deepEqual(thinned(points(100)), points(100));
    assert.deepEqual(thinned([]), []);
  });

  it('keeps its ends and a short loss when it is thinned', () => {
    const many = points(10_000);
    many[4321] = { atMs: start + 4321 * DAY_MS, features: 3, passing: 0 };
    const few = thinned(many);
    assert.ok(few.length <= 121 && few.length >= 60, String(few.length));
    assert.deepEqual([few[0], few.at(-1)], [many[0], many.at(-1)]);
    assert.ok(few.some(({ features }) => features === 3));
    assert.deepEqual(
      few.map(({ atMs }) => atMs),
      few.map(({ atMs }) => atMs).sort((a, b) => a - b),
    );
  });

  it('is described in words', () => {
    assert.match(
      sparkline(points(11))?.html ?? '',
      /role="img"\s+aria-label="Curve from 500 to 510 features, from 0 to 10 passing, 2026-01-01 to 2026-01-11"/,
    );
  });

  it('shows the day at each end, or the time if both are on one day', () => {
    const caption = (spanMs: number) => {
      const drawn = sparkline([start, start + spanMs].map((atMs) => ({ atMs, features: 5, passing: 1 })));
      return [...(drawn?.html.matchAll(/<time[^>]*>([^<]*)</g) ?? [])].map(([, text]) => text?.replace(/:\d\d$/, ''));
    };
    assert.deepEqual(caption(2 * DAY_MS), ['2026-01-01', '2026-01-03']);
    assert.ok(caption(60_000).every((text) => /^2026-01-01 \d\d$/.test(text ?? '')));
  });

  it('is drawn to scale from zero', () => {
    const drawn = sparkline([
      { atMs: start, features: 50, passing: 0 },
      { atMs: start + DAY_MS, features: 100, passing: 100 },
    ]);
    const paths = [...(drawn?.html.matchAll(/<path\s+class="(\w+)"\s+d="([^"]*)"/g) ?? [])].map(([, name, d]) => [
      name,
      d,
    ]);
    assert.deepEqual(paths, [
      ['area', 'M0 54L240 2L240 56L0 56z'],
      ['passing', 'M0 54L240 2'],
      ['features', 'M0 28L240 2'],
    ]);
  });

  it('shows only the features if the passing ones are unknown, and nothing for a single time', () => {
    const unknown = points(3).map((point) => ({ ...point, passing: undefined }));
    const html = sparkline(unknown)?.html ?? '';
    assert.match(html, /class="features"/);
    assert.doesNotMatch(html, /class="(?:area|passing)"|passing/);
    for (const few of [[], points(1), points(1).concat(points(1))]) assert.equal(sparkline(few), undefined);
  });
});
