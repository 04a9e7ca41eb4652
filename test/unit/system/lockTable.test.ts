import assert from 'node:assert/strict';
import type { readFileSync } from 'node:fs';
import nodeFileSystem from 'node:fs';
import { describe, it } from 'mocha';
import { syncParentFolder } from '../../../core/system/files/atomicWrite.js';
import { readLockTable } from '../../../core/system/processes/lockTable.js';
import type { FileSystem } from '../../../core/system/ports.js';
import { systemError } from '../../support/interferingFiles.js';

describe('the list of file locks', () => {
  const failing = (error: Error): FileSystem => ({
    ...nodeFileSystem,
    readFileSync: () => {
      throw error;
    },
  });

  it('is read from the system', () => {
    const readings: unknown[] = [];
    const readFile = ((...args: unknown[]) => (readings.push(args), '1: POSIX')) as unknown as typeof readFileSync;
    assert.equal(readLockTable({ ...nodeFileSystem, readFileSync: readFile }), '1: POSIX');
    assert.deepEqual(readings, [['/proc/locks', 'latin1']]);
  });

  it('is undefined if the system has no such list, or not for this user', () => {
    for (const code of ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM']) {
      assert.equal(readLockTable(failing(systemError(code))), undefined, code);
    }
  });

  it('is an error, not empty, if it cannot be read', () => {
    for (const error of [systemError('EMFILE'), systemError('EIO'), new Error('no code')]) {
      assert.throws(() => readLockTable(failing(error)), { name: 'BackupError', code: 'io', path: '/proc/locks' });
    }
  });
});

describe('syncing the folder of a file', () => {
  it('syncs its folder', () => {
    const opened: unknown[] = [];
    const openSync: FileSystem['openSync'] = (path, ...rest) => {
      opened.push(path);
      return nodeFileSystem.openSync(path, ...rest);
    };
    syncParentFolder(import.meta.filename, { ...nodeFileSystem, openSync });
    assert.deepEqual(opened, [import.meta.dirname]);
  });
});
