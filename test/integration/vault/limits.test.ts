import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { deleteBackup, listBackups, listHistory, openProject, pin, restore } from '../../../core/engine.js';
import { runFollowUp, runVaultFollowUp } from '../../../core/followUp/index.js';
import type { Ports } from '../../../core/system/index.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { fillWithNoise } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const MIB = 1024 * 1024;

describe('the content of the vault', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);
  let nowMs = 0;

  beforeEach(() => {
    nowMs = Date.now() - 3_600_000;
  });

  const ports = (): Ports => {
    nowMs += 1000;
    return home.portsWithoutPauses({ now: () => new Date(nowMs) });
  };
  const backUp = async (root: string): Promise<string> => {
    return await backUpChanged(root, ports());
  };
  const backUpTimes = async (root: string, times: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < times; i += 1) {
      passOneMore(root);
      ids.push(await backUp(root));
    }
    return ids;
  };
  /** Backups of about 300 kB each, compressed. */
  const backUpLarge = async (root: string, times: number): Promise<readonly string[]> => {
    const ids: string[] = [];
    for (let i = 0; i < times; i += 1) {
      fillWithNoise(join(root, 'features.db'), 300_000);
      ids.push(await backUp(root));
    }
    return ids;
  };
  const followUp = async (): Promise<void> => assert.deepEqual(await runVaultFollowUp(ports()), []);
  const keyOf = (name: string): string => home.keys().find((key) => key.startsWith(`${name}-`)) ?? '';
  const copiesOf = (name: string): readonly string[] =>
    home
      .names(keyOf(name))
      .filter((each) => each.endsWith('.db.gz'))
      .map((each) => each.slice(0, -'.db.gz'.length));
  const sizeOf = (name: string): number =>
    home.names(keyOf(name)).reduce((sum, each) => sum + statSync(join(home.vault, keyOf(name), each)).size, 0);
  const configure = (root: string, configuration: object): void =>
    writeFileSync(join(root, '.feature-backups.json'), JSON.stringify(configuration));
  const keep = (keepLast: number, more: object = {}): object => ({
    retention: { keepLast, keepHourly: 0, keepDaily: 0, keepWeekly: 0 },
    ...more,
  });

  it('is nothing if the user turned it off', async () => {
    home.configure({ vault: false });
    const root = home.make('shop');
    const notices: string[] = [];
    const own = { ...ports(), onNotice: (notice: string) => notices.push(notice) };
    await createBackup(await openProject(root, { ports: own }), { source: 'agent-hook', reason: 'one' }, own);
    await followUp();
    assert.deepEqual([home.keys(), notices], [[], []]);
    const { code, stdout } = await home.cli('check', root);
    assert.equal(code, 0, stdout);
    rmSync(root, { recursive: true });
    assert.equal((await home.cli('check', root)).code, 2, 'the record still reports the loss');
    assert.equal((await home.cli('list', root)).code, 4);
  });

  it('cannot be turned off by a project', async () => {
    const root = home.make('shop');
    configure(root, { vault: false });
    await home.cli('backup', root);
    assert.equal(home.keys().length, 1);
  });

  it('is announced once', async () => {
    const root = home.make('shop');
    const notices: string[] = [];
    const own = { ...ports(), onNotice: (notice: string) => notices.push(notice) };
    for (let i = 0; i < 2; i += 1) {
      passOneMore(root);
      await createBackup(await openProject(root, { ports: own }), { source: 'cli', reason: 'one' }, own);
    }
    assert.equal(notices.length, 1);
    assert.ok(notices[0]?.includes(home.vault));
  });

  it('follows the retention policy, with the history', async () => {
    const root = home.make('shop');
    configure(root, keep(2));
    const states = new Map<string, string>();
    for (let i = 0; i < 5; i += 1) {
      const [id = ''] = await backUpTimes(root, 1);
      states.set(id, featuresOf(root));
      await followUp();
    }
    const all = [...states.keys()];
    assert.deepEqual(copiesOf('shop'), all.slice(-2));
    rmSync(root, { recursive: true });
    assert.deepEqual(
      (await listHistory(root, { ports: ports() })).states.map(({ id }) => id),
      all.slice(0, 3).reverse(),
    );
    const { states: listed } = await home.json('list', '--history', '--project', root);
    assert.deepEqual(
      (listed as readonly { readonly id: string }[]).map(({ id }) => id),
      all.slice(0, 3).reverse(),
    );
    for (const [id, features] of states) {
      await restore(root, id, { ports: ports() });
      assert.equal(featuresOf(root), features);
    }
  });

  it('contains archived backups until it contains the history', async () => {
    const root = home.make('shop');
    configure(root, keep(2));
    const ids = await backUpTimes(root, 2);
    await followUp();
    const all = [...ids, ...(await backUpTimes(root, 3))];
    assert.deepEqual(copiesOf('shop'), ids);
    rmSync(root, { recursive: true });
    const { backups } = await listBackups(root, { ports: ports() });
    assert.deepEqual(backups.map(({ id }) => id).reverse(), all);
  });

  it('loses the backups that retention deletes without a history', async () => {
    const root = home.make('shop');
    configure(root, keep(2, { history: { maxBytes: 0 } }));
    await backUpTimes(root, 2);
    await followUp();
    const ids = await backUpTimes(root, 2);
    assert.deepEqual(copiesOf('shop'), []);
    await followUp();
    assert.deepEqual(copiesOf('shop'), ids);
  });

  it('loses a backup that the user deletes, as a link or as a copy', async () => {
    const root = home.make('shop');
    const [first = '', second = '', third = ''] = await backUpTimes(root, 3);
    await deleteBackup(root, first, { ports: ports() });
    assert.ok(!home.names().some((name) => name.startsWith(first)));
    await followUp();
    await deleteBackup(root, second, { ports: ports() });
    assert.deepEqual(copiesOf('shop'), [third]);
    assert.ok(!home.names().some((name) => name.startsWith(second)));
    await followUp();
    rmSync(root, { recursive: true });
    assert.deepEqual(
      (await listBackups(root, { ports: ports() })).backups.map(({ id }) => id),
      [third],
    );
  });

  it('keeps what was deleted from the store by hand', async () => {
    const root = home.make('shop');
    const ids = await backUpTimes(root, 3);
    await followUp();
    for (const name of readdirSync(join(root, '.feature_backups'))) {
      if (name.startsWith(ids[0] ?? '')) rmSync(join(root, '.feature_backups', name));
    }
    const all = [...ids, ...(await backUpTimes(root, 1))];
    await followUp();
    assert.deepEqual(copiesOf('shop'), all);
    const { backups } = await listBackups(root, { ports: ports() });
    assert.deepEqual(
      backups.filter(({ isOnlyInVault }) => isOnlyInVault).map(({ id }) => id),
      [ids[0]],
    );
  });

  it('deletes a backup that only it contains, but the last verified or a pinned one only if forced', async () => {
    const root = home.make('shop');
    const [first = '', second = '', third = ''] = await backUpTimes(root, 3);
    await pin(root, second, { ports: ports() });
    await followUp();
    rmSync(root, { recursive: true });
    await deleteBackup(root, first, { ports: ports() });
    const isProtected = (error: unknown): boolean => (error as { code?: string }).code === 'backup-protected';
    await assert.rejects(deleteBackup(root, second, { ports: ports() }), isProtected);
    await deleteBackup(root, second, { ports: ports(), force: true });
    await assert.rejects(deleteBackup(root, third, { ports: ports() }), isProtected);
    assert.deepEqual(copiesOf('shop'), [third]);
    await deleteBackup(root, third, { ports: ports(), force: true });
    assert.deepEqual(copiesOf('shop'), []);
  });

  it('cannot be pinned where only it contains the backup, whether other backups are in the store or none is', async () => {
    const root = home.make('shop');
    const [first = ''] = await backUpTimes(root, 2);
    await followUp();
    const refused = { code: 'usage', message: /is only in the vault/ };
    for (const name of readdirSync(join(root, '.feature_backups'))) {
      if (name.startsWith(first)) rmSync(join(root, '.feature_backups', name));
    }
    await assert.rejects(pin(root, first, { ports: ports() }), refused);
    rmSync(join(root, '.feature_backups'), { recursive: true });
    await assert.rejects(pin(root, first, { ports: ports() }), refused);
  });

  it('is limited for each project: the oldest copies are deleted first', async () => {
    home.configure({ vaultLimits: { projectBytes: MIB } });
    const root = home.make('shop');
    const ids = await backUpLarge(root, 5);
    await followUp();
    assert.deepEqual(copiesOf('shop'), ids.slice(-3));
    assert.ok(sizeOf('shop') < MIB + 10_000);
    const more = await backUpLarge(root, 1);
    await followUp();
    assert.deepEqual(copiesOf('shop'), [...ids.slice(-2), ...more]);
    assert.ok(!home.names().some((name) => name.endsWith('.db')));
  });

  it('is limited by what is stored, not by the size of the images', async () => {
    home.configure({ vaultLimits: { projectBytes: MIB } });
    const root = home.make('shop');
    const ids: string[] = [];
    for (let i = 1; i <= 5; i += 1) {
      const text = `zeroblob(${String(500_000 + i)})`;
      sqlite3(join(root, 'features.db'), `CREATE TABLE zeros${String(i)} AS SELECT ${text} AS content`);
      ids.push(await backUp(root));
    }
    await followUp();
    assert.deepEqual(copiesOf('shop'), ids);
  });

  it('always contains the last good backup, however large', async () => {
    home.configure({ vaultLimits: { projectBytes: MIB } });
    const root = home.make('shop');
    fillWithNoise(join(root, 'features.db'), 2 * MIB);
    const large = await backUp(root);
    await followUp();
    assert.deepEqual(copiesOf('shop'), [large]);
    const [last = ''] = await backUpTimes(root, 1);
    await followUp();
    assert.deepEqual(copiesOf('shop'), [last]);
  });

  it('is limited in total: the oldest copies of other projects are deleted first, except their last good one', async () => {
    home.configure({ vaultLimits: { totalBytes: 2 * MIB } });
    const blog = home.make('blog');
    const old = await backUpLarge(blog, 4);
    await followUp();
    const shop = home.make('shop');
    // With the last good one of the other project, slightly more than fits.
    const ids = await backUpLarge(shop, 6);
    await followUp();
    assert.deepEqual(copiesOf('shop'), ids);
    assert.deepEqual(copiesOf('blog'), old.slice(-1));
    rmSync(blog, { recursive: true });
    await restore(blog, 'last-good', { ports: ports() });
  });

  it('first loses the backups that a target also contains', async () => {
    mkdirSync(folder.join('nas'));
    const retention = { keepLast: 1, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };
    home.configure({
      vaultLimits: { projectBytes: MIB },
      targets: [{ name: 'nas', folder: folder.join('nas'), retention }],
    });
    const root = home.make('shop');
    const problemsOf = async (): Promise<readonly string[] | undefined> =>
      (await runFollowUp(await openProject(root, { ports: ports() }), ports()))?.problems;
    const [first = ''] = await backUpLarge(root, 1);
    assert.deepEqual(await problemsOf(), []);
    const [atTarget = ''] = await backUpLarge(root, 1);
    assert.deepEqual(await problemsOf(), []);
    rmSync(folder.join('nas'), { recursive: true });
    const [third = ''] = await backUpLarge(root, 1);
    assert.equal((await problemsOf())?.length, 1);
    assert.deepEqual(copiesOf('shop'), [first, atTarget, third]);
    const [fourth = ''] = await backUpLarge(root, 1);
    assert.equal((await problemsOf())?.length, 1);
    assert.deepEqual(copiesOf('shop'), [first, third, fourth]);
  });
});
