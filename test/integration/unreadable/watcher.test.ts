import assert from 'node:assert/strict';
import { realPorts } from '../../../core/system/ports.js';
import type { KnownProject } from '../../../core/projects/knownProject.js';
import type { WatchEvent } from '../../../core/watch/watchEvent.js';
import { Watcher } from '../../../core/watch/watcher.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const TIMES = { quietMs: 10, maxWaitMs: 100, passMs: 20, listMs: 20 };

describe('a watcher with a temporary read error', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const ports = () => ({
    ...realPorts(),
    environment: { HOME: folder.path, FEATURE_BACKUPS_STATE: folder.join('state') },
  });
  const known = (): KnownProject => ({
    root: folder.path,
    name: 'shop',
    origins: ['registry'],
    status: 'present',
  });

  for (const isComplete of [false, true]) {
    it(`${isComplete ? 'stops watching' : 'keeps watching'} a project that is missing from a list which is ${isComplete ? '' : 'in'}complete`, async () => {
      makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 1 });
      const events: WatchEvent[] = [];
      const stopping = new AbortController();
      let lists = 0;
      const watcher = new Watcher(
        {
          listProjects: () => {
            lists += 1;
            if (lists === 5) stopping.abort();
            return Promise.resolve({ projects: lists < 2 ? [known()] : [], isComplete: lists < 2 || isComplete });
          },
          times: TIMES,
          report: (event) => events.push(event),
          heartbeat: () => undefined,
        },
        ports(),
      );
      await watcher.run(stopping.signal);
      assert.equal(events.filter(({ kind }) => kind === 'project-removed').length, isComplete ? 1 : 0);
    });
  }

  it('backs up a change made before its folder became unreadable', async () => {
    makeFeatureDatabase(folder.join('features.db'), { features: 3, passing: 1 });
    const events: WatchEvent[] = [];
    const stopping = new AbortController();
    const { files } = realPorts();
    let passes = 0;
    const statSync = new Proxy(files.statSync, {
      apply: (target, _this, args: Parameters<typeof files.statSync>) => {
        // Only in the second pass.
        if (passes === 1 && String(args[0]).startsWith(folder.path)) throw systemError('EIO');
        return target(...args);
      },
    });
    const watcher = new Watcher(
      {
        listProjects: () => Promise.resolve({ projects: [known()], isComplete: true }),
        // The first pass detects a change, which becomes due while the second one fails.
        times: { ...TIMES, quietMs: 30, passMs: 30, listMs: 60_000 },
        report: (event) => {
          events.push(event);
          if (event.kind === 'backed-up') stopping.abort();
        },
        heartbeat: () => {
          passes += 1;
          if (passes === 200) stopping.abort();
        },
      },
      { ...ports(), files: { ...files, statSync } },
    );
    await watcher.run(stopping.signal);
    assert.ok(events.some(({ kind }) => kind === 'backed-up'));
  });
});
