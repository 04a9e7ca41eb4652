import assert from 'node:assert/strict';
import { conditionWords } from '../../../../extension/model/backupRow.js';
import { parseMessageToPage, type TimelineData, type TimelinePoint } from '../../../../extension/timeline/protocol.js';
import { timelineData } from '../../../../extension/timeline/timelineData.js';
import { overviewOf, sampleBackup, sampleOverview } from '../../../support/timeline/sampleOverview.js';

const at = (iso: string): Date => new Date(iso);

describe('the timeline data of a project', () => {
  it('sorts backups oldest first', () => {
    const backups = ['2026-01-25T10:00:00Z', '2026-01-25T12:00:00Z', '2026-01-25T11:00:00Z'].map((iso) =>
      sampleBackup({ createdAt: at(iso) }),
    );
    const times = show(backups).points.map(({ atMs }) => new Date(atMs).getUTCHours());
    assert.deepEqual(times, [10, 11, 12]);
  });

  it('gives feature counts as numbers and in words', () => {
    const point = only(sampleBackup({ counts: { total: 598, passing: 200 } }));
    assert.deepEqual([point.features, point.passing, point.counts], [598, 200, '598 features, 200 passing']);
  });

  it('has no counts for raw files, and excludes them from comparison', () => {
    const point = only(sampleBackup({ kind: 'emergency', content: 'raw', counts: {} }));
    assert.deepEqual([point.features, point.passing, point.isComparable], [null, null, false]);
    assert.equal(point.state, 'emergency backup, raw files');
    assert.match(point.counts, /^raw files without a consistent snapshot$/);
  });

  it('uses the same reason as the tree', () => {
    const events = [
      { at: '2026-01-25T14:46:00Z', source: 'mcp', reason: 'before_mark_passing', detail: 'feature 12' },
    ] as const;
    assert.equal(only(sampleBackup({ reason: 'before_mark_passing' }, { events })).reason, 'before mark passing #12');
  });

  it('shows the check result of a pinned backup too', () => {
    const verified = { at: '2026-01-25T14:46:00Z', check: 'integrity_check', ok: true } as const;
    assert.equal(only(sampleBackup({}, { pinned: true })).state, 'pinned, verified');
    assert.equal(only(sampleBackup({}, { pinned: true, verified: undefined })).state, 'pinned, not verified');
    const damaged = only(sampleBackup({}, { pinned: true, verified: { ...verified, ok: false } }));
    assert.deepEqual([damaged.condition, damaged.state], ['damaged', 'damaged, pinned']);
  });

  it('names the commit of a backup, or else the checked-out commit', () => {
    const head = '4f2c9e1b7a60d3585f1f0d9c2b8f7e6a5d4c3b2a';
    const git = (position: { branch: string | null; head: string | null; commit?: string }): string | null =>
      only(sampleBackup({}, { git: position })).git;
    assert.equal(git({ branch: 'main', head }), 'commit 4f2c9e1 on main');
    assert.equal(git({ branch: 'main', head, commit: 'abcdef0123456789' }), 'commit abcdef0 on main');
    assert.equal(git({ branch: null, head }), 'commit 4f2c9e1');
    assert.equal(git({ branch: 'main', head: null }), 'branch main');
    assert.equal(git({ branch: null, head: null }), null);
    assert.equal(only(sampleBackup()).git, null);
  });

  it('escapes control and direction-changing characters', () => {
    const point = only(sampleBackup({}, { git: { branch: 'a\u202eb\u0007', head: null } }));
    assert.equal(point.git, 'branch a\\u202eb\\x07');
    const odd = only(sampleBackup({}, { git: { branch: null, head: '\u0007' } }));
    assert.equal(odd.git, 'commit \\x07');
    assert.equal(timelineData(overviewOf([]), { name: 'x\u2066y', isTrusted: true }).heading, 'x\\u2066y');
  });

  it('shows the space used by ordinary and emergency backups, including side files of raw ones', () => {
    const ordinary = [1, 2].map((day) =>
      sampleBackup({ createdAt: at(`2026-01-0${day}T00:00:00Z`), sizeBytes: 500_000 }),
    );
    const raw = sampleBackup({ kind: 'emergency', content: 'raw', sizeBytes: 100_000 });
    const overview = { ...overviewOf([...ordinary, raw]), totalSizeBytes: 1_350_000 };
    const { storage } = timelineData(overview, { name: 'shop', isTrusted: true });
    assert.equal(storage.text, '1.4 MB used');
    assert.deepEqual(storage.ordinary, { sizeBytes: 1_000_000, text: '1.0 MB in 2 backups' });
    assert.deepEqual(storage.emergency, { sizeBytes: 350_000, text: '350 kB in 1 emergency backup' });
  });

  it('summarises the number of backups and their dates', () => {
    const days = ['2026-01-03T12:00:00Z', '2026-01-05T12:00:00Z'].map((iso) => sampleBackup({ createdAt: at(iso) }));
    assert.match(show(days).summary, /^2 backups, .*3.* to .*5/);
    assert.match(show(days.slice(0, 1)).summary, /^1 backup, (?!.* to )/);
    assert.equal(show([]).summary, 'No backups yet');
  });

  it('offers to back up only in a trusted workspace', () => {
    const canBackUp = (isTrusted: boolean): boolean =>
      timelineData(overviewOf([]), { name: 'shop', isTrusted }).canBackUp;
    assert.deepEqual([canBackUp(true), canBackUp(false)], [true, false]);
  });

  it('is equal for equal backups', () => {
    const overview = sampleOverview(20);
    const [one, other] = [overview, structuredClone(overview)].map((each) =>
      timelineData(each, { name: 'shop', isTrusted: true }),
    );
    assert.deepEqual(one, other);
  });

  for (const count of [0, 1, 500]) {
    it(`makes a message that the page accepts with ${count} backups`, () => {
      const data = timelineData(sampleOverview(count), { name: 'shop', isTrusted: true });
      const received = parseMessageToPage(JSON.parse(JSON.stringify({ type: 'data', data })));
      assert.ok(received?.type === 'data');
      assert.equal(received.data.points.length, count);
    });
  }

  it('uses the tree’s word for each condition', () => {
    const { points } = timelineData(sampleOverview(100), { name: 'shop', isTrusted: true });
    assert.ok(new Set(points.map(({ condition }) => condition)).size > 2);
    for (const { condition, state } of points) assert.ok(state.includes(conditionWords(condition)), state);
  });
});

function show(backups: Parameters<typeof overviewOf>[0]): TimelineData {
  return timelineData(overviewOf(backups), { name: 'shop-front', isTrusted: true });
}

function only(backup: Parameters<typeof overviewOf>[0][number]): TimelinePoint {
  const [point] = show([backup]).points;
  assert.ok(point);
  return point;
}
