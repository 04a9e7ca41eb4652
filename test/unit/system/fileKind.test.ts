import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { kindAt, kindOf } from '../../../core/system/files/fileKind.js';
import { realPorts } from '../../../core/system/ports.js';
import { makeSocket } from '../../support/blockers.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('the kind of a file', function () {
  const folder = useTemporaryFolder();
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  const kindWithoutFollowing = (path: string): string => kindOf(lstatSync(path));
  const followed = (path: string): string => kindAt(path, realPorts());

  it('is one word, with or without following links', async () => {
    writeFileSync(folder.join('file'), '');
    mkdirSync(folder.join('folder'));
    execFileSync('mkfifo', [folder.join('pipe')]);
    const close = await makeSocket(folder.join('socket'));
    symlinkSync('pipe', folder.join('link'));
    try {
      for (const kind of ['file', 'folder', 'pipe', 'socket']) {
        assert.deepEqual([kindWithoutFollowing(folder.join(kind)), followed(folder.join(kind))], [kind, kind]);
      }
      assert.deepEqual([kindWithoutFollowing('/dev/null'), followed('/dev/null')], ['device', 'device']);
      assert.deepEqual([kindWithoutFollowing(folder.join('link')), followed(folder.join('link'))], ['link', 'pipe']);
    } finally {
      await close();
    }
  });

  it('is nothing if it is missing or cannot exist', () => {
    writeFileSync(folder.join('file'), '');
    symlinkSync('nowhere', folder.join('dangling'));
    symlinkSync('circle', folder.join('circle'));
    for (const name of ['none', 'file/below', 'dangling', 'circle', 'x'.repeat(300)]) {
      assert.equal(followed(folder.join(name)), 'nothing', name);
    }
  });

  it('is unknown if the system refuses the information', () => {
    const files = interferingFiles(() => {
      throw systemError('EACCES');
    });
    assert.throws(() => kindAt(folder.path, { files }), { name: 'BackupError', code: 'permission-denied' });
  });
});
