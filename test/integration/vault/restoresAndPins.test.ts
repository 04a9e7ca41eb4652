import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import nodeFileSystem from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import {
  acknowledgeShrinkage,
  deleteBackup,
  listBackups,
  openProject,
  pin,
  restore,
  revokeAcknowledgement,
  undoRestore,
  unpin,
} from '../../../core/engine.js';
import type { RestoreScope } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import type { FileSystem, Ports } from '../../../core/system/index.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { fillWithNoise } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const MIB = 1024 * 1024;

describe('what changes without a new backup', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);
  let nowMs = 0;

  beforeEach(() => {
    nowMs = Date.now() - 3_600_000;
  });

  const ports = (more: Partial<Ports> = {}): Ports => {
    nowMs += 1000;
    return home.portsWithoutPauses({ now: () => new Date(nowMs), ...more });
  };
  const backUp = async (root: string): Promise<string> => {
    passOneMore(root);
    return await backUpChanged(root, ports());
  };
  const backUpLarge = async (root: string): Promise<string> => {
    fillWithNoise(join(root, 'features.db'), 300_000);
    return await backUpChanged(root, ports());
  };
  const followUp = async (): Promise<void> => assert.deepEqual(await runVaultFollowUp(ports()), []);
  const restored = async (root: string, id: string, scope: RestoreScope = {}): Promise<string> => {
    const outcome = await restore(root, id, { ports: ports(), ...scope });
    assert.ok(outcome.status === 'restored' && outcome.emergency !== undefined);
    return outcome.emergency.id;
  };
  const assertRestorable = async (root: string, id: string, features: string): Promise<void> => {
    rmSync(root, { recursive: true });
    await restore(root, id, { ports: ports() });
    assert.equal(featuresOf(root), features);
  };
  /** A project with a backup and a change that no backup contains. */
  const changedProject = async (): Promise<{ root: string; id: string; features: string }> => {
    const root = home.make('shop');
    const id = await backUp(root);
    passOneMore(root);
    return { root, id, features: featuresOf(root) };
  };
  const isPinnedInVault = async (root: string, id: string): Promise<boolean> => {
    const { backups } = await listBackups(root, { ports: ports() });
    const found = backups.find((backup) => backup.id === id);
    assert.ok(found?.isOnlyInVault, `${id} is in the vault`);
    return found.metadata?.pinned === true;
  };

  describe('the state before a restore', () => {
    it('is in the vault when the restore returns', async () => {
      const { root, id, features } = await changedProject();
      await assertRestorable(root, await restored(root, id), features);
    });

    it('is in the vault after the restore of single features', async () => {
      const { root, id, features } = await changedProject();
      await assertRestorable(root, await restored(root, id, { features: [3] }), features);
    });

    it('is in the vault after an undo', async () => {
      const { root, id } = await changedProject();
      await restored(root, id);
      fillWithNoise(join(root, 'features.db'), 1);
      const features = featuresOf(root);
      const outcome = await undoRestore(root, { ports: ports() });
      assert.ok(outcome.status === 'restored' && outcome.emergency !== undefined);
      await assertRestorable(root, outcome.emergency.id, features);
    });

    it('is in the vault before the live database changes', async () => {
      const { root, id, features } = await changedProject();
      const project = await openProject(root, { ports: ports() });
      const failing = ports({ files: failingAt(project.databasePath) });
      await assert.rejects(restore(root, id, { ports: failing }), { code: 'io' });
      const { backups } = await listBackups(root, { ports: ports() });
      const emergency = backups.find(({ kind }) => kind === 'emergency');
      await assertRestorable(root, emergency?.id ?? '', features);
    });

    it('is in the vault although nothing was recorded of the project', async () => {
      const { root, id, features } = await changedProject();
      for (const name of ['state', 'vault']) rmSync(folder.join(name), { recursive: true });
      await assertRestorable(root, await restored(root, id), features);
    });

    it('goes into a folder of its own if another project was recorded in this place', async () => {
      const { root, id } = await changedProject();
      const [key = ''] = home.keys();
      const other = home.make('other');
      const otherId = await backUp(other);
      passOneMore(other);
      const features = featuresOf(other);
      rmSync(root, { recursive: true });
      rmSync(folder.join('state'), { recursive: true });
      await backUp(home.make('shop'));
      rmSync(root, { recursive: true });
      nodeFileSystem.renameSync(other, root);
      const emergency = await restored(root, otherId);
      assert.ok(!home.names(key).some((name) => name.startsWith(emergency)));
      assert.ok(home.names(key).some((name) => name.startsWith(id)));
      await assertRestorable(root, emergency, features);
    });

    it('is copied by the next follow-up if the file system has no hard links', async () => {
      const { root, id, features } = await changedProject();
      await followUp();
      const emergency = await restore(root, id, { ports: ports({ files: withoutLinks() }) });
      assert.ok(emergency.status === 'restored');
      await followUp();
      await assertRestorable(root, emergency.emergency?.id ?? '', features);
    });

    for (const command of ['restore', 'undo'] as const) {
      it(`is copied by a follow-up that the command ${command} starts`, async () => {
        const { root, id } = await changedProject();
        await followUp();
        if (command === 'undo') {
          await restored(root, id);
          await followUp();
        }
        rmSync(join(home.vault, 'last-sync'));
        fillWithNoise(join(root, 'features.db'), 1);
        const args = command === 'restore' ? [root, id] : [root];
        const { emergency } = await home.json(command, ...args, '--yes');
        const copy = `${(emergency as { readonly id: string }).id}.db.gz`;
        await until(() => existsSync(join(home.vault, home.onlyKey(), copy)));
      });
    }
  });

  describe('a pin', () => {
    for (const phase of ['link', 'copy'] as const) {
      it(`is in the vault when the backup is pinned, and again when it is unpinned (${phase})`, async () => {
        const root = home.make('shop');
        const id = await backUp(root);
        const other = await backUp(root);
        if (phase === 'copy') await followUp();
        await pin(root, id, { ports: ports() });
        nodeFileSystem.renameSync(join(root, '.feature_backups'), folder.join('aside'));
        assert.deepEqual([await isPinnedInVault(root, id), await isPinnedInVault(root, other)], [true, false]);
        await assert.rejects(deleteBackup(root, id, { ports: ports() }), { code: 'backup-protected' });
        await followUp();
        assert.equal(await isPinnedInVault(root, id), true);
        nodeFileSystem.renameSync(folder.join('aside'), join(root, '.feature_backups'));
        await unpin(root, id, { ports: ports() });
        rmSync(join(root, '.feature_backups'), { recursive: true });
        assert.equal(await isPinnedInVault(root, id), false);
      });
    }

    it('of an accepted loss of features is in the vault, and its end too', async () => {
      const root = home.make('shop');
      const id = await backUp(root);
      sqlite3(join(root, 'features.db'), 'DELETE FROM features WHERE id > 3');
      await backUpChanged(root, ports());
      await followUp();
      await acknowledgeShrinkage(root, { ports: ports() });
      const metadata = (): string => readFileSync(join(home.vault, home.onlyKey(), `${id}.json`), 'utf8');
      assert.match(metadata(), /"pinned": true/);
      await revokeAcknowledgement(root, { ports: ports() });
      assert.doesNotMatch(metadata(), /"pinned": true/);
    });

    it('protects a copy from the limits of its own project and of all', async () => {
      home.configure({ vaultLimits: { projectBytes: MIB, totalBytes: 1.5 * MIB } });
      const root = home.make('shop');
      const pinned = await backUpLarge(root);
      await pin(root, pinned, { ports: ports() });
      const ids = [pinned];
      for (let i = 0; i < 4; i += 1) ids.push(await backUpLarge(root));
      await followUp();
      const copies = (): readonly string[] =>
        home.names(keyOf('shop')).flatMap((name) => /^(.+)\.db\.gz$/.exec(name)?.[1] ?? []);
      assert.deepEqual(copies(), [pinned, ...ids.slice(-2)]);
      const blog = home.make('blog');
      for (let i = 0; i < 6; i += 1) await backUpLarge(blog);
      await followUp();
      assert.deepEqual(copies(), [pinned, ...ids.slice(-1)]);
    });

    it('is not lost because the vault cannot be written', async () => {
      const root = home.make('shop');
      const id = await backUp(root);
      await followUp();
      const warnings: string[] = [];
      const files = failingAt(join(home.vault, home.onlyKey(), `${id}.json`));
      await pin(root, id, { ports: ports({ files, onWarning: (warning) => warnings.push(warning) }) });
      assert.equal(warnings.length, 1);
      assert.match(warnings[0] ?? '', /The pin itself is set/);
      rmSync(join(home.vault, 'last-sync'));
      await followUp();
      rmSync(join(root, '.feature_backups'), { recursive: true });
      assert.equal(await isPinnedInVault(root, id), true, 'the next follow-up has repeated it');
    });

    it('is copied by a follow-up that the command starts', async () => {
      const root = home.make('shop');
      const id = await backUp(root);
      await followUp();
      rmSync(join(home.vault, 'last-sync'));
      rmSync(join(home.vault, home.onlyKey(), `${id}.db.gz`));
      assert.equal((await home.cli('pin', root, id)).code, 0);
      await until(() => existsSync(join(home.vault, home.onlyKey(), `${id}.db.gz`)));
    });
  });

  const keyOf = (name: string): string => home.keys().find((key) => key.startsWith(`${name}-`)) ?? '';
});

/** Every rename to this path fails. */
function failingAt(path: string): FileSystem {
  return {
    ...nodeFileSystem,
    renameSync: (from, to) => {
      if (String(to) === path) throw Object.assign(new Error('EIO: i/o error'), { code: 'EIO' });
      nodeFileSystem.renameSync(from, to);
    },
  };
}

function withoutLinks(): FileSystem {
  return {
    ...nodeFileSystem,
    linkSync: () => {
      throw Object.assign(new Error('EPERM: no links here'), { code: 'EPERM' });
    },
  };
}

/** Another process does it; the test fails by mocha's time limit. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await new Promise((resolve) => setTimeout(resolve, 50));
}
