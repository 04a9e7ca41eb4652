import assert from 'node:assert/strict';
import { mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from 'node:fs';
import nodeFileSystem from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { openProject } from '../../../core/engine.js';
import { systemOf, type FileSystem, type Ports } from '../../../core/system/index.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const OTHER_DISK = '/dev/shm';

describe('a copy in the vault', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);
  const damageInPlace = (path: string): void => {
    const descriptor = openSync(path, 'r+');
    writeSync(descriptor, Buffer.alloc(8192, 0xff), 0, 8192, 0);
    closeSync(descriptor);
  };
  const inode = (path: string): number => statSync(path).ino;

  it('is a link to the image and its metadata until the follow-up makes it independent', async () => {
    const root = home.make('shop');
    const id = await backUpChanged(root, home.ports());
    const stored = (name: string): string => join(root, '.feature_backups', name);
    const kept = (name: string): string => join(home.vault, home.onlyKey(), name);
    for (const name of [`${id}.db`, `${id}.json`]) assert.equal(inode(kept(name)), inode(stored(name)));
    assert.equal(statSync(join(home.vault, home.onlyKey())).mode & 0o777, 0o700);
    assert.equal((await home.followUp()).code, 0);
    assert.deepEqual(home.names(), [`${id}.db.gz`, `${id}.json`, 'project.json']);
    assert.notEqual(inode(kept(`${id}.json`)), inode(stored(`${id}.json`)));
    assert.equal(statSync(stored(`${id}.db`)).nlink, 1);
  });

  it('stays intact when a program writes in place into the backup in the store', async () => {
    const root = home.make('shop');
    const features = featuresOf(root);
    const id = await backUpChanged(root, home.ports());
    assert.equal((await home.followUp()).code, 0);
    damageInPlace(join(root, '.feature_backups', `${id}.db`));
    assert.equal((await home.cli('restore', root, id, '--yes')).code, 3, 'the one in the store is damaged');
    rmSync(join(root, 'features.db'));
    rmSync(join(root, '.feature_backups'), { recursive: true });
    assert.equal((await home.cli('restore', root, id, '--yes')).code, 0);
    assert.equal(featuresOf(root), features);
  });

  it('is not replaced by a damaged image', async () => {
    const root = home.make('shop');
    const features = featuresOf(root);
    const id = await backUpChanged(root, home.ports());
    assert.equal((await home.followUp()).code, 0);
    damageInPlace(join(root, '.feature_backups', `${id}.db`));
    passOneMore(root);
    await backUpChanged(root, home.ports());
    assert.equal((await home.followUp()).code, 0);
    rmSync(root, { recursive: true });
    assert.equal((await home.cli('restore', root, id, '--yes')).code, 0);
    assert.equal(featuresOf(root), features);
  });

  describe('on another file system', function () {
    let other = '';
    const onOtherDisk = (): Ports => ({
      ...home.ports(),
      environment: { ...home.ports().environment, FEATURE_BACKUPS_VAULT: join(other, 'vault') },
    });
    beforeEach('use the memory disk', function () {
      const isOther = nodeFileSystem.existsSync(OTHER_DISK) && statSync(OTHER_DISK).dev !== statSync(folder.path).dev;
      if (!isOther) this.skip();
      other = mkdtempSync(join(OTHER_DISK, 'feature-backups-test-'));
      home.useVault(join(other, 'vault'));
    });
    afterEach(() => {
      home.useVault(undefined);
      rmSync(other, { recursive: true, force: true });
    });

    it('is made by the follow-up', async () => {
      const root = home.make('shop');
      const features = featuresOf(root);
      const warnings: string[] = [];
      const id = await backUpChanged(root, { ...onOtherDisk(), onWarning: (warning) => warnings.push(warning) });
      assert.deepEqual(warnings, []);
      assert.deepEqual(home.names(), ['sync-wanted']);
      assert.equal((await home.followUp()).code, 0);
      assert.deepEqual(home.names(), [`${id}.db.gz`, `${id}.json`, 'project.json']);
      rmSync(root, { recursive: true });
      assert.equal((await home.cli('restore', root, 'last-good', '--yes')).code, 0);
      assert.equal(featuresOf(root), features);
    });

    it('is made before the tool of an agent runs, and again for an unchanged database', async () => {
      const root = home.make('shop');
      const features = featuresOf(root);
      const id = await backUpChanged(root, onOtherDisk(), 'agent-hook');
      assert.deepEqual(home.names(), [`${id}.db`, `${id}.json`, 'sync-wanted']);
      rmSync(join(home.vault, home.onlyKey(), `${id}.db`));
      const ports = onOtherDisk();
      const trigger = { source: 'agent-hook', reason: 'manual' } as const;
      const outcome = await createBackup(await openProject(root, { ports }), trigger, ports);
      assert.equal(outcome.status, 'unchanged');
      assert.ok(home.names().includes(`${id}.db`));
      rmSync(root, { recursive: true });
      const restore = async () => await home.cli('restore', root, 'last-good', '--yes');
      assert.equal((await home.withoutFollowUps(restore)).code, 0);
      assert.equal(featuresOf(root), features);
      assert.equal((await home.followUp()).code, 0);
      assert.ok(home.names().includes(`${id}.db.gz`));
    });

    it('is left to the follow-up if copying takes too long for an agent', async () => {
      const root = home.make('shop');
      let nowMs = 0;
      const real = onOtherDisk();
      const warnings: string[] = [];
      const slow: Ports = {
        ...real,
        files: {
          ...nodeFileSystem,
          readSync: (...args: Parameters<FileSystem['readSync']>) => {
            nowMs += 1500;
            return nodeFileSystem.readSync(...args);
          },
        } as FileSystem,
        system: { ...systemOf(real), monotonicMs: () => nowMs },
        onWarning: (warning) => warnings.push(warning),
      };
      await backUpChanged(root, slow, 'agent-hook');
      assert.deepEqual(warnings, []);
      assert.ok(!home.names().some((name) => name.endsWith('.db') || name.startsWith('.tmp-')), home.names().join());
      assert.equal((await home.followUp()).code, 0);
      assert.ok(home.names().some((name) => name.endsWith('.db.gz')));
    });
  });

  it('is made by the follow-up if the file system has no hard links', async () => {
    const root = home.make('shop');
    const files: FileSystem = {
      ...nodeFileSystem,
      linkSync: () => {
        throw Object.assign(new Error('EPERM: no links here'), { code: 'EPERM' });
      },
    };
    const warnings: string[] = [];
    const id = await backUpChanged(root, { ...home.ports(), files, onWarning: (warning) => warnings.push(warning) });
    assert.deepEqual(warnings, []);
    assert.deepEqual(home.names(), ['sync-wanted']);
    assert.equal((await home.followUp()).code, 0);
    assert.deepEqual(home.names(), [`${id}.db.gz`, `${id}.json`, 'project.json']);
  });

  it('contains the state of every backup', async () => {
    const root = home.make('shop');
    const states = new Map<string, string>();
    for (let i = 0; i < 4; i += 1) {
      passOneMore(root);
      states.set(await backUpChanged(root, home.ports()), featuresOf(root));
      if (i === 1) assert.equal((await home.followUp()).code, 0);
    }
    rmSync(root, { recursive: true });
    for (const [id, features] of states) {
      const { code, stderr } = await home.cli('restore', root, id, '--yes');
      assert.equal(code, 0, stderr);
      assert.equal(featuresOf(root), features);
    }
    const stored = readdirSync(join(root, '.feature_backups')).filter((name) => name.endsWith('.json'));
    assert.ok(stored.length > 0 && readFileSync(join(root, '.feature_backups', '.gitignore'), 'utf8') === '*\n');
  });
});
