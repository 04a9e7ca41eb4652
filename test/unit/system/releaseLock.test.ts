import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { formatLockRecord, parseLockRecord } from '../../../core/system/locks/lockRecord.js';
import { LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts } from '../../../core/system/ports.js';
import { useBundledScript } from '../../support/bundledScript.js';
import { lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a lock that is released while its project’s folder is renamed', () => {
  const folder = useTemporaryFolder();
  const driver = useBundledScript('tryLockDriver.ts');
  const ports = realPorts();
  const store = (project = 'project'): string => folder.join(project, '.feature_backups');
  const takeInProcess = async (path: string): Promise<string> => {
    const { stdout, stderr } = await driver.start(path).ended;
    return stdout.trim() + stderr;
  };
  const away = (): void => renameSync(folder.join('project'), folder.join('elsewhere'));

  beforeEach(() => mkdirSync(store(), { recursive: true }));

  it('is free at once when the folder is back, although its process is running', async () => {
    await withStoreLock(store(), ports, away);
    renameSync(folder.join('elsewhere'), folder.join('project'));
    assert.equal(await takeInProcess(store()), 'taken');
  });

  it('is free at once under the folder’s new name', async () => {
    await withStoreLock(store(), ports, away);
    assert.equal(await takeInProcess(store('elsewhere')), 'taken');
  });

  it('does not affect a lock in a new folder with the old name', async () => {
    const other = formatLockRecord(lockRecord());
    await withStoreLock(store(), ports, () => {
      away();
      mkdirSync(store(), { recursive: true });
      writeFileSync(folder.join('project', '.feature_backups', LOCK_NAME), other);
    });
    assert.deepEqual(readFileSync(folder.join('project', '.feature_backups', LOCK_NAME)), other);
    const moved = readFileSync(folder.join('elsewhere', '.feature_backups', LOCK_NAME), 'utf8');
    assert.equal(parseLockRecord(moved)?.released, true);
  });

  it('counts as lost for its holder in the meantime', async () => {
    const work = withStoreLock(store(), ports, (lock) => {
      away();
      lock.assertHeld();
    });
    await assert.rejects(work, { code: 'store-busy' });
    assert.equal(await takeInProcess(store('elsewhere')), 'taken');
  });
});
