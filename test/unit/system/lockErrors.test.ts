import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { describe, it } from 'mocha';
import { BackupError } from '../../../core/system/errors.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('an error while a store is locked', () => {
  const folder = useTemporaryFolder();
  const fails = (error: Error) => async (): Promise<never> => await Promise.reject(error);
  const codeOf = (error: unknown): unknown => (error instanceof BackupError ? error.code : error);

  it('of the work is rethrown, a system error is wrapped, and the lock is released', async () => {
    const mine = new Error('of the work');
    await assert.rejects(withStoreLock(folder.path, realPorts(), fails(mine)), (error) => error === mine);
    await assert.rejects(
      withStoreLock(folder.path, realPorts(), fails(systemError('ENOSPC'))),
      (error) => codeOf(error) === 'disk-full',
    );
    assert.equal(existsSync(folder.join('.lock')), false);
  });

  it('names what is locked, by which process', async () => {
    const name = 'the record of notifications';
    await withStoreLock(folder.path, realPorts(), async () => {
      for (const [options, expected] of [
        [{}, 'The backup store'],
        [{ name }, 'The record of notifications'],
      ] as const) {
        const second = withStoreLock(folder.path, realPorts(), () => undefined, { ...options, timeoutMs: 0 });
        await assert.rejects(second, {
          code: 'store-busy',
          message: new RegExp(`^${expected} is in use by process ${String(process.pid)} on `),
        });
      }
    });
  });

  it('that hides the owner of the lock leaves the lock untouched', async () => {
    const refused = (code: string): Ports => ({
      ...realPorts(),
      files: interferingFiles(({ name, path }) => {
        if (name === 'open' && path === folder.join('.lock')) throw systemError(code);
      }),
    });
    await withStoreLock(folder.path, realPorts(), async (lock) => {
      for (const [code, expected] of [
        ['EIO', 'io'],
        ['EACCES', 'store-busy'],
        ['EPERM', 'store-busy'],
      ] as const) {
        const second = withStoreLock(folder.path, refused(code), () => assert.fail('both have the lock'), {
          timeoutMs: 0,
        });
        await assert.rejects(second, (error) => codeOf(error) === expected, code);
        lock.assertHeld();
      }
    });
  });
});
