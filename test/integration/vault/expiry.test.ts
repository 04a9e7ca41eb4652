import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { openProject } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import type { Ports } from '../../../core/system/index.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const DAY_MS = 86_400_000;

interface ShownProject {
  readonly key: string;
  readonly root: string | null;
  readonly backupCount: number;
  readonly sizeBytes: number;
  readonly newestAt: string | null;
}

describe('copies in the vault', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  const ports = (more: Partial<Ports> = {}): Ports => home.portsWithoutPauses(more);
  const backUp = async (root: string): Promise<string> => {
    passOneMore(root);
    return await backUpChanged(root, ports());
  };
  const keyOf = (name: string): string => home.keys().find((key) => key.startsWith(`${name}-`)) ?? '';
  /** A round of the follow-up, `days` later. Another project's backup starts it. */
  const roundAfter = async (days: number, more: Partial<Ports> = {}): Promise<void> => {
    const root = existsSync(home.path('daily')) ? home.path('daily') : home.make('daily');
    await backUp(root);
    const now = () => new Date(Date.now() + days * DAY_MS);
    assert.deepEqual(await runVaultFollowUp(ports({ now, ...more })), []);
  };
  const shown = async (): Promise<readonly ShownProject[]> => {
    const { vault, projects } = await home.json('vault');
    assert.equal(vault, home.vault);
    return projects as readonly ShownProject[];
  };
  const recordNames = (): readonly string[] => readdirSync(folder.join('state', 'projects'));

  describe('that the command vault shows', () => {
    it('are none at first', async () => {
      assert.deepEqual(await shown(), []);
      const { code, stdout, stderr } = await home.cli('vault');
      assert.deepEqual([code, stdout], [0, '']);
      assert.match(stderr, /The vault is empty/);
    });

    it('have the folder of their project, their number, size and newest time', async () => {
      const shop = home.make('shop');
      const blog = home.make('blog');
      await backUp(shop);
      await backUp(shop);
      assert.deepEqual(await runVaultFollowUp(ports()), []);
      await backUp(blog);
      rmSync(shop, { recursive: true });
      const [ofBlog, ofShop] = await shown();
      assert.deepEqual([ofBlog?.root, ofBlog?.backupCount, ofShop?.root, ofShop?.backupCount], [blog, 1, shop, 2]);
      assert.ok((ofBlog?.sizeBytes ?? 0) > 20_000 && (ofShop?.sizeBytes ?? 0) < 10_000);
      const { stdout } = await home.cli('vault');
      const [line = ''] = stdout.split('\n');
      assert.deepEqual(line.split('\t').slice(0, 3), [keyOf('blog'), blog, '1']);
    });

    it('have the folder from their description if the records are lost', async () => {
      const shop = home.make('shop');
      await backUp(shop);
      assert.deepEqual(await runVaultFollowUp(ports()), []);
      rmSync(folder.join('state'), { recursive: true });
      assert.deepEqual(
        (await shown()).map(({ root }) => root),
        [shop],
      );
    });
  });

  describe('that the user deletes', () => {
    beforeEach(async () => {
      for (const name of ['shop', 'blog']) await backUp(home.make(name));
      assert.deepEqual(await runVaultFollowUp(ports()), []);
    });

    it('stay without a confirmation, and with --dry-run', async () => {
      const keys = home.keys();
      for (const action of [['forget', home.path('shop')], ['purge']]) {
        const unconfirmed = await home.cli('vault', ...action);
        assert.equal(unconfirmed.code, 5);
        assert.match(unconfirmed.stderr, /Not confirmed; nothing changed/);
        const planned = await home.json('vault', ...action, '--dry-run');
        assert.equal(planned.status, 'planned');
        assert.equal((planned.projects as readonly unknown[]).length, action[0] === 'purge' ? 2 : 1);
        assert.deepEqual(home.keys(), keys);
      }
    });

    it('are those of one project, by its folder, a link to it, or its key', async () => {
      const [blogKey, shopKey] = [keyOf('blog'), keyOf('shop')];
      symlinkSync(home.path('shop'), folder.join('link'));
      const { code, stdout } = await home.cli('vault', 'forget', folder.join('link'), '--yes');
      assert.equal(code, 0);
      assert.match(stdout, /Deleted the copies/);
      assert.deepEqual(home.keys(), [blogKey]);
      assert.ok(existsSync(join(home.path('shop'), '.feature_backups')));
      const deleted = await home.json('vault', 'forget', blogKey, '--yes');
      assert.equal(deleted.status, 'deleted');
      assert.deepEqual(home.keys(), []);
      const unknown = await home.cli('vault', 'forget', shopKey, '--yes');
      assert.equal(unknown.code, 4);
      assert.match(unknown.stderr, /contains no copies of/);
    });

    it('are those of the named project, whatever else is in the working folder', async () => {
      for (const name of ['forget', 'purge']) mkdirSync(folder.join(name));
      const key = keyOf('blog');
      const { code, stderr } = await home.cli('vault', 'forget', home.path('shop'), '--yes');
      assert.deepEqual([code, stderr], [0, '']);
      assert.deepEqual(home.keys(), [key]);
      assert.equal((await home.cli('vault', 'forget', 'projects/blog', '--yes')).code, 0);
      assert.equal((await home.cli('vault', 'purge', '--yes')).code, 0);
    });

    it('are all of them', async () => {
      assert.equal((await home.json('vault', 'purge', '--yes')).status, 'deleted');
      assert.deepEqual(home.keys(), []);
      const id = await backUp(home.path('shop'));
      assert.ok(home.names().includes(`${id}.db`), 'the next backup is copied again');
    });

    it('include the files of killed processes, but no file of another program', async () => {
      const path = join(home.vault, keyOf('shop'));
      const token = '1-jto0rrr44-7akxmuwkrb';
      for (const name of [`.tmp-${token}`, `.lock-new-${token}`, 'sync-wanted', 'sync-begun']) {
        writeFileSync(join(path, name), '');
      }
      assert.equal((await home.cli('vault', 'forget', home.path('shop'), '--yes')).code, 0);
      assert.equal(existsSync(path), false);
      writeFileSync(join(home.vault, keyOf('blog'), 'notes.txt'), 'mine');
      mkdirSync(join(home.vault, keyOf('blog'), 'folder'));
      assert.equal((await home.cli('vault', 'purge', '--yes')).code, 0);
      assert.deepEqual(readdirSync(join(home.vault, keyOf('blog'))).sort(), ['folder', 'notes.txt']);
    });

    it('need a known action', async () => {
      for (const args of [
        ['vault', 'clear'],
        ['vault', 'forget'],
        ['vault', 'purge', 'all'],
      ]) {
        assert.equal((await home.cli(...args)).code, 2, args.join(' '));
      }
    });
  });

  it('of a forgotten project are deleted after 30 days', async () => {
    const shop = home.make('shop');
    await backUp(shop);
    await roundAfter(0);
    rmSync(shop, { recursive: true });
    const { code, stdout } = await home.cli('forget', shop, '--yes');
    assert.equal(code, 0);
    assert.match(stdout, /30 days/);
    const key = keyOf('shop');
    await roundAfter(29);
    assert.ok(home.names(key).some((name) => name.endsWith('.db.gz')));
    await roundAfter(31);
    assert.deepEqual(home.keys(), [keyOf('daily')]);
  });

  it('of a forgotten project expire from the first command, and not for a new project in its folder', async () => {
    const shop = home.make('shop');
    await backUp(shop);
    rmSync(shop, { recursive: true });
    assert.equal((await home.cli('forget', shop, '--yes')).code, 0);
    const old = keyOf('shop');
    const longAgo = Date.now() / 1000 - 31 * 86_400;
    utimesSync(join(home.vault, old, 'forgotten'), longAgo, longAgo);
    home.make('shop');
    const id = await backUp(shop);
    await roundAfter(0);
    const left = home.keys().filter((key) => key.startsWith('shop-'));
    assert.equal(left.length, 1);
    assert.notEqual(left[0], old);
    assert.deepEqual(await home.listed(shop), [id]);
  });

  it('of a lost project are never deleted by age', async () => {
    const shop = home.make('shop');
    const features = featuresOf(shop);
    const own = ports();
    await createBackup(await openProject(shop, { ports: own }), { source: 'cli', reason: 'manual' }, own);
    await roundAfter(0);
    rmSync(shop, { recursive: true });
    await roundAfter(400);
    assert.equal((await home.cli('restore', shop, 'last-good', '--yes')).code, 0);
    assert.equal(featuresOf(shop), features);
  });

  it('of a temporary project are deleted a week after it, with its record', async () => {
    const root = folder.join('temporary', 'try');
    makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
    await backUp(root);
    await roundAfter(8);
    assert.notEqual(keyOf('try'), '', 'it is still there');
    rmSync(root, { recursive: true });
    await roundAfter(6);
    assert.notEqual(keyOf('try'), '');
    assert.equal((await home.cli('check', '--all')).code, 0, 'its loss is not a problem');
    await roundAfter(8);
    assert.equal(keyOf('try'), '');
    assert.ok(!recordNames().some((name) => name.startsWith('try-')), recordNames().join());
  });

  it('are none without a vault, but the record of a temporary project is deleted a week after it all the same', async () => {
    home.configure({ vault: false });
    const temporary = (name: string): string => folder.join('temporary', name);
    const weekAgo = ports({ now: () => new Date(Date.now() - 8 * DAY_MS) });
    for (const root of [temporary('gone'), temporary('present'), home.path('lost'), temporary('recent')]) {
      makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
      await backUpChanged(root, root === temporary('recent') ? ports() : weekAgo);
    }
    for (const root of [temporary('gone'), home.path('lost'), temporary('recent')]) rmSync(root, { recursive: true });
    await backUp(home.make('daily'));
    const names = recordNames().flatMap((name) => /^(.+)-[0-9a-f]{16}\.json$/.exec(name)?.[1] ?? []);
    assert.deepEqual(names.sort(), ['daily', 'lost', 'present', 'recent']);
  });

  it('of one project that cannot be deleted do not stop the sync of others', async () => {
    const shop = home.make('shop');
    await backUp(shop);
    rmSync(shop, { recursive: true });
    assert.equal((await home.cli('forget', shop, '--yes')).code, 0);
    const path = join(home.vault, keyOf('shop'));
    writeFileSync(join(path, 'notes.txt'), 'mine');
    const longAgo = Date.now() / 1000 - 31 * 86_400;
    utimesSync(join(path, 'forgotten'), longAgo, longAgo);
    await roundAfter(0);
    assert.deepEqual(readdirSync(path), ['notes.txt']);
    await roundAfter(0);
    assert.ok(home.names(keyOf('daily')).every((name) => !name.endsWith('.db')));
  });
});
