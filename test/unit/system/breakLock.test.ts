import assert from 'node:assert/strict';
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { formatLockRecord } from '../../../core/system/locks/lockRecord.js';
import { breakLock, LOCK_NAME, withStoreLock } from '../../../core/system/locks/storeLock.js';
import { uniqueToken } from '../../../core/system/processes/uniqueToken.js';
import { realPorts } from '../../../core/system/ports.js';
import { interruptedAt, lockRecord } from '../../support/lockFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('breaking a lock', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  const leaveLock = (token: string, name = LOCK_NAME): Buffer => {
    const content = formatLockRecord(lockRecord({ token }));
    writeFileSync(folder.join(name), content);
    return content;
  };

  it('removes exactly the lock with this token, and leaves no file', () => {
    const token = uniqueToken();
    leaveLock(token);
    assert.equal(breakLock(folder.path, token, ports), true);
    assert.deepEqual(readdirSync(folder.path), []);
    assert.equal(breakLock(folder.path, token, ports), true);
    const other = leaveLock(uniqueToken());
    assert.equal(breakLock(folder.path, token, ports), true);
    assert.deepEqual(readFileSync(folder.join(LOCK_NAME)), other);
    assert.deepEqual(readdirSync(folder.path), [LOCK_NAME]);
  });

  it('does not remove a new lock that replaces the old one before the takeover right is held', () => {
    const token = uniqueToken();
    leaveLock(token);
    let other: Buffer | undefined;
    const files = interruptedAt(1, () => {
      other = leaveLock(uniqueToken(), 'other');
      renameSync(folder.join('other'), folder.join(LOCK_NAME));
    });
    assert.equal(breakLock(folder.path, token, { ...ports, files }), true);
    assert.ok(other !== undefined);
    assert.deepEqual(readFileSync(folder.join(LOCK_NAME)), other);
    assert.deepEqual(readdirSync(folder.path), [LOCK_NAME]);
  });

  it('does not wait for a process that is taking the lock over', () => {
    const token = uniqueToken();
    const content = leaveLock(token);
    leaveLock(uniqueToken(), `.lock-over-${token}`);
    assert.equal(breakLock(folder.path, token, ports), false);
    assert.deepEqual(readFileSync(folder.join(LOCK_NAME)), content);
  });

  it('makes the owner fail before it publishes anything', async () => {
    const work = withStoreLock(folder.path, ports, (lock) => {
      const { token } = JSON.parse(readFileSync(folder.join(LOCK_NAME), 'utf8')) as { readonly token: string };
      assert.equal(breakLock(folder.path, token, ports), true);
      lock.assertHeld();
    });
    await assert.rejects(work, { code: 'store-busy' });
    assert.deepEqual(readdirSync(folder.path), []);
  });

  it('fails with a known error if the store cannot be written', () => {
    assert.throws(() => breakLock(folder.join('nowhere'), uniqueToken(), ports), { code: 'io' });
  });
});
