import assert from 'node:assert/strict';
import { badCount, runTorture } from './runTorture.js';
import type { TortureMode } from './writers.js';

const SECONDS_PER_MODE = process.env.TEST_LENGTH === 'long' ? 120 : 3;
const MODES: readonly TortureMode[] = ['WAL', 'DELETE', 'TRUNCATE', 'PERSIST', 'SWITCH'];

describe('a snapshot under four writers, checkpoints, spills and kills', function () {
  this.timeout((SECONDS_PER_MODE + 60) * 1000);

  for (const mode of MODES) {
    it(`is never torn or stale and never fails in ${mode} mode`, async () => {
      const report = await runTorture({ mode, seconds: SECONDS_PER_MODE });
      assert.deepEqual({ bad: badCount(report), gaveUp: report.gaveUp }, { bad: 0, gaveUp: 0 }, JSON.stringify(report));
      assert.ok(report.snapshots > 10, `only ${String(report.snapshots)} snapshots were taken`);
    });
  }

  it('is never torn in MEMORY mode if the system lists the owners of locks', async function () {
    if (process.platform !== 'linux') this.skip();
    const report = await runTorture({ mode: 'MEMORY', seconds: SECONDS_PER_MODE });
    assert.equal(badCount(report), 0, JSON.stringify(report));
  });
});
