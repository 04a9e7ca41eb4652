import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { runAsOnlyWatcher, runningWatcher } from '../../../core/watch/onlyWatcher.js';
import { lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the only watcher of a user', () => {
  const folder = useTemporaryFolder();
  const start = Date.now();
  const after = (minutes: number): Ports => ({
    ...realPorts(),
    now: () => new Date(start + minutes * 60_000),
    environment: { FEATURE_BACKUPS_STATE: folder.path },
  });
  const lockPath = (): string => folder.join('watch', '.lock');
  const watch = async (ports: Ports): Promise<string> =>
    await runAsOnlyWatcher(ports, () => Promise.resolve('watched'));

  beforeEach(() => mkdirSync(folder.join('watch')));

  it('starts although a folder blocks the lock’s path', async () => {
    mkdirSync(lockPath());
    assert.equal(runningWatcher(after(0)), undefined);
    assert.equal(await watch(after(0)), 'watched');
    assert.match(readdirSync(folder.join('watch')).join(), /^\.lock-aside-/);
  });

  it('starts ten minutes after it first read another host’s lock dated in the future', async () => {
    const future = new Date('2099-01-01T00:00:00Z');
    writeFileSync(lockPath(), formatLockRecord(lockRecord({ host: 'elsewhere' })));
    utimesSync(lockPath(), future, future);
    assert.equal(runningWatcher(after(0))?.host, 'elsewhere');
    await assert.rejects(watch(after(9)), { code: 'store-busy', message: /already running: process \d+ on elsewhere/ });
    assert.equal(runningWatcher(after(10.1)), undefined);
    assert.equal(await watch(after(10.1)), 'watched');
  });
});
