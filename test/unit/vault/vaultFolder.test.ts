import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  isSyncPendingIn,
  isVaultSyncPending,
  vaultFolder,
  vaultFoldersOf,
  vaultKeys,
  readVaultOrWarn,
} from '../../../core/vault/vaultFolder.js';
import { BackupError } from '../../../core/system/errors.js';
import type { Ports } from '../../../core/system/ports.js';
import { portsThatRefuse } from '../../support/failingReads.js';
import { systemError } from '../../support/interferingFiles.js';
import { filesListing } from '../../support/listingOrder.js';
import { RecordedProject } from '../../support/recordedProject.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const [KEY, OLD_KEY] = ['shop-00000001', 'old-00000002'];

describe('the folders in the vault', () => {
  const folder = useTemporaryFolder();
  const recorded = new RecordedProject(folder);
  const turnedOff = () => {
    const { project } = recorded;
    return { ...project, configuration: { ...project.configuration, vault: false } };
  };
  /** The record of the project is unreadable. */
  const unreadable = (more: Partial<Ports> = {}): Ports =>
    recorded.ports({ files: portsThatRefuse('EIO', ({ path }) => path === recorded.recordPath).files, ...more });

  it('of a project are named by its keys, the present one first', () => {
    assert.deepEqual(vaultFoldersOf(recorded.project, recorded.ports()), []);
    recorded.record(KEY, OLD_KEY);
    assert.equal(vaultFolder(recorded.project, KEY, recorded.ports()), join(recorded.vault, KEY));
    assert.deepEqual(vaultFoldersOf(recorded.project, recorded.ports()), [
      join(recorded.vault, KEY),
      join(recorded.vault, OLD_KEY),
    ]);
  });

  it('are none if the user turned the vault off, or has no home', () => {
    recorded.record(KEY);
    assert.equal(vaultFolder(turnedOff(), KEY, recorded.ports()), undefined);
    assert.deepEqual(vaultFoldersOf(turnedOff(), recorded.ports()), []);
    assert.equal(vaultFolder(recorded.project, KEY, recorded.ports({ environment: {} })), undefined);
  });

  it('need a sync if one of them contains a file that says so, even of a sync that failed', () => {
    const isWanted = (): boolean => isVaultSyncPending(recorded.project, recorded.ports());
    assert.equal(isWanted(), false);
    recorded.record(KEY, OLD_KEY);
    assert.equal(isWanted(), false);
    recorded.putInVault(OLD_KEY, 'sync-wanted');
    assert.equal(isWanted(), true, 'links in an earlier folder');
    rmSync(join(recorded.vault, OLD_KEY, 'sync-wanted'));
    recorded.putInVault(KEY, 'project.json');
    assert.equal(isWanted(), false);
    for (const name of ['sync-wanted', 'sync-begun']) {
      recorded.putInVault(KEY, name);
      assert.equal(isWanted(), true, name);
      assert.equal(isSyncPendingIn(join(recorded.vault, KEY), recorded.ports()), true, name);
      rmSync(join(recorded.vault, KEY, name));
      mkdirSync(join(recorded.vault, KEY, name));
      assert.equal(isWanted(), false, `${name} is a folder`);
      rmSync(join(recorded.vault, KEY, name), { recursive: true });
    }
  });

  it('need none if the record is unreadable, with a warning', () => {
    recorded.record(KEY);
    recorded.putInVault(KEY, 'sync-wanted');
    const warnings: string[] = [];
    const ports = unreadable({ onWarning: (warning) => warnings.push(warning) });
    assert.equal(isVaultSyncPending(recorded.project, ports), false);
    assert.equal(warnings.length, 1);
    assert.match(warnings[0] ?? '', /^Copies in the vault are not included: .*EIO/);
    assert.equal(isVaultSyncPending(recorded.project, unreadable()), false);
  });

  it('of all projects are those with the name of a key, in order', () => {
    assert.deepEqual(vaultKeys(recorded.vault, recorded.ports()), []);
    for (const name of [KEY, OLD_KEY, 'shop', '.lock', 'shop-00000001.old']) recorded.putInVault(name);
    writeFileSync(join(recorded.vault, 'file-00000003'), '');
    assert.deepEqual(vaultKeys(recorded.vault, recorded.ports()), [OLD_KEY, KEY]);
    for (const order of ['ascending', 'descending'] as const)
      assert.deepEqual(
        vaultKeys(recorded.vault, recorded.ports({ files: filesListing(order) })),
        [OLD_KEY, KEY],
        order,
      );
  });

  it('of all projects are not taken for none if the vault is unreadable', () => {
    const opendirSync = (): never => {
      throw systemError('EACCES');
    };
    const ports = recorded.ports({ files: { ...recorded.ports().files, opendirSync } });
    assert.throws(() => vaultKeys(recorded.vault, ports), { code: 'permission-denied', operation: 'read the vault' });
  });

  it('are left out only where they cannot be read, and not because of a defect', () => {
    const failing = (error: Error) => () =>
      readVaultOrWarn('without', recorded.ports(), () => {
        throw error;
      });
    assert.equal(
      readVaultOrWarn('without', recorded.ports(), () => 'with'),
      'with',
    );
    assert.equal(failing(new BackupError('unreadable', { code: 'io', operation: 'read' }))(), 'without');
    assert.throws(failing(new TypeError('a defect')), TypeError);
  });
});
