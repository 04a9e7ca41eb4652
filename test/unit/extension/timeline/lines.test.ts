import assert from 'node:assert/strict';
import { timelineData } from '../../../../extension/timeline/timelineData.js';
import { linesThrough } from '../../../../media/timeline/lines.js';
import { overviewOf, sampleBackup } from '../../../support/timeline/sampleOverview.js';

describe('the lines of the timeline', () => {
  it('connect ordinary backups, skipping emergency and damaged ones', () => {
    const verified = { at: '2026-01-25T14:46:00Z', check: 'integrity_check', ok: false } as const;
    const hour = (at: number): Date => new Date(at * 3_600_000);
    const backups = [
      sampleBackup({ createdAt: hour(1), counts: { total: 10, passing: 1 } }),
      sampleBackup({ createdAt: hour(2), counts: { total: 20, passing: 2 }, kind: 'emergency' }),
      sampleBackup({ createdAt: hour(3), counts: { total: 30, passing: 3 } }, { verified }),
      sampleBackup({ createdAt: hour(4), counts: { total: 40 } }),
      sampleBackup({ createdAt: hour(5), counts: { total: 50, passing: 5 } }, { pinned: true }),
    ];
    const { points } = timelineData(overviewOf(backups), { name: 'shop', isTrusted: true });
    assert.deepEqual(linesThrough(points), [
      [1, 2, 3, 4, 5].map((at) => at * 3_600_000),
      [10, null, null, 40, 50],
      [1, null, null, null, 5],
    ]);
  });
});
