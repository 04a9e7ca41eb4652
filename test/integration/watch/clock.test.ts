import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { realPorts } from '../../../core/system/ports.js';
import type { WatchEvent } from '../../../core/watch/watchEvent.js';
import { Watcher } from '../../../core/watch/watcher.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a watcher on a sleeping computer', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();

  it('detects the sleep and runs each missed job once', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 1 });
    writeFileSync(folder.join('.feature-backups.json'), '{ "schedule": { "backup": "0 * * * *", "drill": "" } }');
    const [startMs, beganMs] = [Date.parse('2026-01-25T14:10:00Z'), Date.now()];
    let sleptMs = 0;
    const ports = {
      ...realPorts(),
      // Far from a full hour, so only the sleep makes a job due.
      now: () => new Date(startMs + Date.now() - beganMs + sleptMs),
      environment: { HOME: folder.path, FEATURE_BACKUPS_STATE: folder.join('state') },
    };
    const events: WatchEvent[] = [];
    const stopping = new AbortController();
    let passes = 0;
    const watcher = new Watcher(
      {
        listProjects: () =>
          Promise.resolve({
            projects: [{ root: folder.path, name: 'a', origins: ['configured'], status: 'present' }],
            isComplete: true,
          }),
        times: { quietMs: 50, maxWaitMs: 500, passMs: 100, listMs: 60_000 },
        report: (event) => events.push(event),
        heartbeat: () => {
          passes += 1;
          // A night between two passes, then more passes.
          if (passes === 5) sleptMs = 8 * 3_600_000;
          if (passes === 12) stopping.abort();
        },
      },
      ports,
    );
    await watcher.run(stopping.signal);
    assert.equal(events.filter(({ kind }) => kind === 'clock-jumped').length, 1);
    const jobs = events.filter((event) => event.kind === 'job');
    assert.deepEqual(
      jobs.map(({ run }) => [run.job, run.problem]),
      [['scheduled-backup', undefined]],
    );
  });
});
