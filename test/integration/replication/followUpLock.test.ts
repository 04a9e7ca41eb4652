import assert from 'node:assert/strict';
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { startFollowUp } from '../../../core/followUp/startFollowUp.js';
import { FOLLOW_UP_FOLDER } from '../../../core/store/storeFiles.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { lockRecord } from '../../support/lockFiles.js';
import { folderTargetNamed, withTargets } from '../../support/replication/copies.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

describe('follow-up with a blocked lock', function () {
  this.timeout(30_000);
  const folder = useTemporaryFolder();
  const start = Date.now();
  const after = (minutes: number): Ports => ({
    ...realPorts(),
    now: () => new Date(start + minutes * 60_000),
    environment: { FEATURE_BACKUPS_STATE: folder.join('state'), STARTED: folder.join('started') },
  });
  const project = () => withTargets(testProject(folder.path), folderTargetNamed('nas', folder.join('nas')));
  const lockPath = (): string => join(join(project().storePath, FOLLOW_UP_FOLDER), '.lock');
  const followUp = (ports: Ports): void => startFollowUp(folder.join('program.cjs'))(project(), ports);
  /** Mocha's time limit applies. */
  const started = async (): Promise<void> => {
    while (!existsSync(folder.join('started'))) await pause(20);
  };

  beforeEach(() => {
    mkdirSync(join(project().storePath, FOLLOW_UP_FOLDER), { recursive: true });
    writeFileSync(folder.join('program.cjs'), `require('node:fs').writeFileSync(process.env.STARTED, '')`);
  });

  it('starts at once if a folder has the lock’s name', async () => {
    mkdirSync(lockPath());
    followUp(after(0));
    await started();
  });

  it('starts at once if a new file of another program has the lock’s name', async () => {
    writeFileSync(lockPath(), 'not a lock');
    followUp(after(0));
    await started();
  });

  it('starts at once although a backup is running', async () => {
    await withStoreLock(project().storePath, realPorts(), async () => {
      followUp(after(0));
      await started();
    });
  });

  it('starts ten minutes after another host’s lock from the future was first seen', async () => {
    const future = new Date('2099-01-01T00:00:00Z');
    writeFileSync(lockPath(), formatLockRecord(lockRecord({ host: 'elsewhere' })));
    utimesSync(lockPath(), future, future);
    followUp(after(0));
    followUp(after(9));
    await pause(300);
    assert.equal(existsSync(folder.join('started')), false);
    followUp(after(10.1));
    await started();
  });
});
