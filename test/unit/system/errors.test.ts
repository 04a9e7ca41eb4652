import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { asBackupError, BackupError, isNotFound, systemErrorCode } from '../../../core/system/errors.js';
import { systemError } from '../../support/interferingFiles.js';

describe('a system error', () => {
  it('gets a code, a hint and its operation', () => {
    for (const [systemCode, code, hint] of [
      ['EACCES', 'permission-denied', /own/],
      ['EPERM', 'permission-denied', /own/],
      ['EROFS', 'read-only', /writable/],
      ['ENOSPC', 'disk-full', /space/],
      ['EDQUOT', 'disk-full', /space/],
    ] as const) {
      const cause = systemError(systemCode);
      const error = asBackupError(cause, 'write the backup', '/store');
      assert.ok(error instanceof BackupError);
      const { name, operation, path } = error;
      assert.deepEqual([name, error.code, operation, path], ['BackupError', code, 'write the backup', '/store']);
      assert.equal(error.cause, cause);
      assert.match(error.hint ?? '', hint);
      assert.ok(error.message.includes('write the backup') && error.message.includes(cause.message), error.message);
    }
  });

  it('is an I/O error without a hint if nothing more is known', () => {
    for (const thrown of [systemError('EIO'), systemError('constructor'), new Error('no code'), 'a text', undefined]) {
      const error = asBackupError(thrown, 'read it', '/file');
      assert.deepEqual([error.code, error.hint, error.cause], ['io', undefined, thrown]);
      assert.ok(error.message.includes(thrown instanceof Error ? thrown.message : String(thrown)), error.message);
    }
  });

  it('is unchanged if it is already a BackupError', () => {
    const error = new BackupError('known', { code: 'usage', operation: 'read' });
    assert.equal(asBackupError(error, 'write', '/file'), error);
    assert.equal('cause' in error, false);
  });

  it('has a code only if it is an Error with a text code', () => {
    assert.equal(systemErrorCode(systemError('ENOENT')), 'ENOENT');
    for (const other of [
      new Error('none'),
      Object.assign(new Error('number'), { code: 7 }),
      { code: 'ENOENT' },
      null,
    ]) {
      assert.equal(systemErrorCode(other), undefined);
    }
  });

  it('means a missing file only if it is ENOENT', () => {
    assert.deepEqual(
      ['ENOENT', 'ENOTDIR', 'EACCES'].map((code) => isNotFound(systemError(code))),
      [true, false, false],
    );
    assert.equal(isNotFound(undefined), false);
  });
});
