import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  folderVariables,
  userConfigurationFolder,
  userHome,
  userStateFolder,
  userVaultFolder,
  withAccountHome,
} from '../../../core/system/userFolders.js';

describe('the user’s own folder', () => {
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

  it('is in the usual folder of the system otherwise', () => {
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

describe('the folders of the user', () => {
  const snap = {
    SNAP_REAL_HOME: '/home/ada',
    HOME: '/home/ada/snap/code/1',
    XDG_CONFIG_HOME: '/home/ada/snap/code/1/.config',
    XDG_STATE_HOME: '/home/ada/snap/code/1/.local/state',
  };

  it('are in the home folder: HOME, and USERPROFILE on Windows; a relative one is ignored', () => {
    const both = { HOME: '/home/ada', USERPROFILE: '/users/ada' };
    assert.equal(userHome(both, 'linux'), '/home/ada');
    assert.equal(userHome(both, 'darwin'), '/home/ada');
    assert.equal(userHome(both, 'win32'), '/users/ada');
    assert.equal(userHome({ HOME: 'ada' }, 'linux'), undefined);
    assert.equal(userConfigurationFolder(both, 'win32'), '/users/ada/AppData/Roaming');
    assert.equal(userStateFolder(both, 'win32'), '/users/ada/AppData/Local/feature-backups');
  });

  it('are in the real home inside a snap, whose own XDG variables do not count', () => {
    assert.equal(userHome(snap, 'linux'), '/home/ada');
    assert.equal(userConfigurationFolder(snap, 'linux'), '/home/ada/.config');
    assert.equal(userStateFolder(snap, 'linux'), '/home/ada/.local/state/feature-backups');
    assert.equal(userStateFolder({ ...snap, FEATURE_BACKUPS_STATE: '/state' }, 'linux'), '/state');
    assert.equal(userConfigurationFolder({ ...snap, SNAP_REAL_HOME: '' }, 'linux'), snap.XDG_CONFIG_HOME);
  });

  it('include the vault, at FEATURE_BACKUPS_VAULT or in the data folder', () => {
    assert.equal(userVaultFolder({ HOME: '/h', FEATURE_BACKUPS_VAULT: '/v' }, 'linux'), '/v');
    assert.equal(userVaultFolder({ HOME: '/h' }, 'linux'), '/h/.local/share/feature-backups/vault');
    assert.equal(userVaultFolder({ HOME: '/h', XDG_DATA_HOME: '/d' }, 'linux'), '/d/feature-backups/vault');
    assert.equal(userVaultFolder({ HOME: '/h' }, 'darwin'), '/h/Library/Application Support/feature-backups/vault');
    assert.equal(
      userVaultFolder({ LOCALAPPDATA: '/l', USERPROFILE: '/u' }, 'win32'),
      join('/l', 'feature-backups', 'vault'),
    );
    assert.equal(
      userVaultFolder({ ...snap, XDG_DATA_HOME: '/snap' }, 'linux'),
      '/home/ada/.local/share/feature-backups/vault',
    );
  });

  it('include a vault in the named state folder if no home is known, and none without either', () => {
    assert.equal(userVaultFolder({ FEATURE_BACKUPS_STATE: '/state' }, 'linux'), '/state/vault');
    assert.equal(userVaultFolder({ FEATURE_BACKUPS_VAULT: 'vault' }, 'linux'), undefined);
  });

  it('are in the home of the account if the environment names none', () => {
    for (const environment of [{}, { HOME: '' }, { HOME: 'ada' }]) {
      const complete = withAccountHome({ ...environment, PATH: '/bin' }, () => '/home/ada', 'linux');
      assert.deepEqual(complete, { PATH: '/bin', HOME: '/home/ada' });
    }
    assert.deepEqual(
      withAccountHome({}, () => '/users/ada', 'win32'),
      { USERPROFILE: '/users/ada' },
    );
    for (const home of [undefined, '', 'ada'])
      assert.deepEqual(
        withAccountHome({}, () => home, 'linux'),
        {},
      );
  });

  it('do not depend on the account if the environment names a home', () => {
    const account = () => assert.fail('not asked');
    const environment = { HOME: '/home/ada' };
    assert.equal(withAccountHome(environment, account, 'linux'), environment);
    assert.equal(withAccountHome(snap, account, 'linux'), snap);
  });

  it('are the same for a process that gets their variables', () => {
    const named = {
      ...{ HOME: '/h', XDG_CONFIG_HOME: '/c', XDG_STATE_HOME: '/s', XDG_DATA_HOME: '/d' },
      ...{ FEATURE_BACKUPS_STATE: '/own', FEATURE_BACKUPS_VAULT: '/vault' },
    };
    assert.deepEqual(folderVariables({ ...named, PATH: '/bin' }, 'linux'), named);
    for (const environment of [snap, { HOME: '/h', XDG_CONFIG_HOME: 'c' }]) {
      const passedOn = folderVariables(environment, 'linux');
      assert.equal(userConfigurationFolder(passedOn, 'linux'), userConfigurationFolder(environment, 'linux'));
      assert.equal(userStateFolder(passedOn, 'linux'), userStateFolder(environment, 'linux'));
    }
    assert.deepEqual(folderVariables(snap, 'linux'), { HOME: '/home/ada' });
  });
});
