import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { userStateFolder } from '../../../core/system/userStateFolder.js';

describe('the state folder', () => {
  const home = { HOME: '/home/ada' };
  const noFolder = { name: 'BackupError', code: 'configuration' };

  it('is the one that FEATURE_BACKUPS_STATE names, if that is absolute', () => {
    const environment = { ...home, XDG_STATE_HOME: '/state' };
    assert.equal(userStateFolder({ ...environment, FEATURE_BACKUPS_STATE: '/own' }, 'linux'), '/own');
    for (const own of ['own', './own', '']) {
      const found = userStateFolder({ ...environment, FEATURE_BACKUPS_STATE: own }, 'linux');
      assert.equal(found, '/state/feature-backups', own);
    }
  });

  it('is in the folder that XDG_STATE_HOME names, on every system; a relative one is ignored', () => {
    for (const platform of ['linux', 'darwin', 'win32'] as const) {
      assert.equal(userStateFolder({ ...home, XDG_STATE_HOME: '/state' }, platform), '/state/feature-backups');
    }
    assert.equal(
      userStateFolder({ ...home, XDG_STATE_HOME: 'state' }, 'linux'),
      '/home/ada/.local/state/feature-backups',
    );
  });

  it('is in the usual folder of each system otherwise', () => {
    assert.equal(userStateFolder(home, 'linux'), '/home/ada/.local/state/feature-backups');
    assert.equal(userStateFolder(home, 'darwin'), '/home/ada/Library/Application Support/feature-backups');
    const windows = { ...home, LOCALAPPDATA: '/users/ada/local' };
    assert.equal(userStateFolder(windows, 'win32'), '/users/ada/local/feature-backups');
    assert.equal(userStateFolder(windows, 'linux'), '/home/ada/.local/state/feature-backups');
    assert.equal(userStateFolder(home), userStateFolder(home, process.platform));
  });

  it('does not exist for a user without an absolute home', () => {
    for (const platform of ['linux', 'darwin'] as const) {
      for (const HOME of [undefined, '', 'ada']) assert.throws(() => userStateFolder({ HOME }, platform), noFolder);
    }
    for (const LOCALAPPDATA of [undefined, '', 'local']) {
      assert.throws(() => userStateFolder({ ...home, LOCALAPPDATA }, 'win32'), noFolder);
    }
  });
});
