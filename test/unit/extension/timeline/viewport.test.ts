import assert from 'node:assert/strict';
import {
  cardPosition,
  dragged,
  fullRange,
  nearest,
  panned,
  stepped,
  toggled,
  topOf,
  clampRange,
  zoomed,
} from '../../../../media/timeline/viewport.js';

const full = { minMs: 0, maxMs: 1_000_000 };

describe('the visible range of the timeline', () => {
  it('covers all backups, with a margin on both sides', () => {
    assert.equal(fullRange([]), undefined);
    assert.deepEqual(fullRange([1_000_000, 2_000_000]), { minMs: 970_000, maxMs: 2_030_000 });
  });

  it('centres a single backup in an hour', () => {
    assert.deepEqual(fullRange([1_800_000]), { minMs: 0, maxMs: 3_600_000 });
  });

  it('zooms in around a time that keeps its position on the screen', () => {
    assert.deepEqual(zoomed(full, full, 0.5, 200_000), { minMs: 100_000, maxMs: 600_000 });
  });

  it('shows everything again once it is wide enough', () => {
    const half = { minMs: 100_000, maxMs: 600_000 };
    assert.equal(zoomed(half, full, 2, 200_000), undefined);
    assert.deepEqual(zoomed(half, full, 1.5, 100_000), { minMs: 100_000, maxMs: 850_000 });
  });

  it('is at least ten seconds long', () => {
    const range = zoomed({ minMs: 500_000, maxMs: 512_000 }, full, 0.5, 506_000);
    assert.deepEqual(range, { minMs: 501_000, maxMs: 511_000 });
    assert.deepEqual(dragged(500_000, 500_200, full), { minMs: 495_100, maxMs: 505_100 });
  });

  it('follows a drag in either direction, within the full range', () => {
    assert.deepEqual(dragged(300_000, 100_000, full), { minMs: 100_000, maxMs: 300_000 });
    assert.deepEqual(dragged(900_000, 1_200_000, full), { minMs: 700_000, maxMs: 1_000_000 });
    assert.equal(dragged(-10, 2_000_000, full), undefined);
  });

  it('moves just far enough to include a time', () => {
    const range = { minMs: 400_000, maxMs: 500_000 };
    assert.deepEqual(panned(range, full, 450_000), range);
    assert.deepEqual(panned(range, full, 600_000), { minMs: 510_000, maxMs: 610_000 });
    assert.deepEqual(panned(range, full, 300_000), { minMs: 290_000, maxMs: 390_000 });
  });

  it('stays within the full range after backups are deleted', () => {
    assert.deepEqual(clampRange({ minMs: -50_000, maxMs: 50_000 }, full), { minMs: 0, maxMs: 100_000 });
    assert.equal(clampRange({ minMs: 0, maxMs: 5_000_000 }, full), undefined);
  });
});

describe('moving between points', () => {
  it('starts at the newest, and stops at both ends', () => {
    assert.equal(stepped(undefined, -1, 5), 4);
    assert.equal(stepped(4, 1, 5), 4);
    assert.equal(stepped(0, -1, 5), 0);
    assert.equal(stepped(2, -Infinity, 5), 0);
    assert.equal(stepped(2, Infinity, 5), 4);
    assert.equal(stepped(undefined, -Infinity, 5), 0);
    assert.equal(stepped(undefined, 1, 0), undefined);
  });

  it('finds the point nearest to the pointer, or none if all are too far away', () => {
    const places = [
      { x: 10, y: 100 },
      { x: 30, y: 100 },
      { x: -Infinity, y: -Infinity },
    ];
    assert.equal(nearest(places, { x: 22, y: 0 }, 20), 1);
    assert.equal(nearest(places, { x: 12, y: 300 }, 20), 0);
    assert.equal(nearest(places, { x: 200, y: 100 }, 20), undefined);
  });

  it('distinguishes two points at the same time by height', () => {
    const places = [
      { x: 10, y: 300 },
      { x: 10, y: 20 },
    ];
    assert.equal(nearest(places, { x: 10, y: 290 }, 20), 0);
    assert.equal(nearest(places, { x: 10, y: 30 }, 20), 1);
  });
});

describe('the card beside a point', () => {
  const card = { width: 200, height: 100 };
  const wide = { width: 1000, height: 400 };
  const narrow = { width: 250, height: 400 };

  it('is to the right, or to the left if there is no room, within the plot', () => {
    assert.deepEqual(cardPosition({ x: 100, y: 200 }, card, wide), { left: 116, top: 150 });
    assert.deepEqual(cardPosition({ x: 900, y: 390 }, card, wide), { left: 684, top: 300 });
    assert.deepEqual(cardPosition({ x: 900, y: 10 }, card, wide), { left: 684, top: 0 });
  });

  it('is below or above the point if neither side has room', () => {
    assert.deepEqual(cardPosition({ x: 130, y: 50 }, card, narrow), { left: 30, top: 66 });
    assert.deepEqual(cardPosition({ x: 130, y: 380 }, card, narrow), { left: 30, top: 264 });
  });
});

describe('selecting for comparison', () => {
  it('keeps at most two, dropping the earlier choice', () => {
    assert.deepEqual(toggled([], 'a'), ['a']);
    assert.deepEqual(toggled(['a', 'b'], 'c'), ['b', 'c']);
    assert.deepEqual(toggled(['a', 'b'], 'a'), ['b']);
  });
});

describe('the scale of counts', () => {
  it('leaves room at the top, and exists for an empty backlog', () => {
    assert.ok(topOf([598, null, 12]) > 598);
    assert.equal(topOf([]), 1);
    assert.equal(topOf([0, null]), 1);
  });
});
