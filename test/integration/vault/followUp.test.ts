import assert from 'node:assert/strict';
import {
  existsSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import nodeFileSystem from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { restore } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import { systemOf, type FileSystem, type Ports } from '../../../core/system/index.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

describe('the follow-up of the vault', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  const backUp = async (root: string): Promise<string> => {
    passOneMore(root);
    return await backUpChanged(root, home.ports());
  };
  const isCopied = (id: string, key = home.onlyKey()): boolean => existsSync(join(home.vault, key, `${id}.db.gz`));
  const keyOf = (name: string): string => home.keys().find((key) => key.startsWith(`${name}-`)) ?? '';
  /** Does not wait, and records the pauses. */
  const withoutPauses = (more: Partial<Ports> = {}): { readonly ports: Ports; readonly pauses: number[] } => {
    const pauses: number[] = [];
    const ports = home.ports(more);
    const pause = async (ms: number): Promise<void> => {
      pauses.push(ms);
      await Promise.resolve();
    };
    return { ports: { ...ports, system: { ...systemOf(ports), pause } }, pauses };
  };
  const before = (change: (path: string) => void): FileSystem => ({
    ...nodeFileSystem,
    renameSync: (from, to) => {
      change(String(to));
      nodeFileSystem.renameSync(from, to);
    },
  });

  it('does nothing, and creates nothing, without new backups', async () => {
    assert.deepEqual(await runVaultFollowUp(home.ports()), []);
    assert.equal(existsSync(home.vault), false);
    const id = await backUp(home.make('shop'));
    assert.deepEqual(await runVaultFollowUp(home.ports()), []);
    assert.ok(isCopied(id));
    const times = () => home.names().map((name) => statSync(join(home.vault, home.onlyKey(), name)).mtimeMs);
    const first = times();
    assert.deepEqual(await runVaultFollowUp(withoutPauses().ports), []);
    assert.deepEqual(times(), first);
  });

  it('starts a round at most once a minute, even if the clock changes', async () => {
    const root = home.make('shop');
    const lastRound = join(home.vault, 'last-sync');
    for (const [agoMs, atLeastMs, atMostMs] of [
      [undefined, 0, 0],
      [20_000, 30_000, 40_000],
      [59_000, 0, 1000],
      [61_000, 0, 0],
      [-3_600_000, 0, 0],
    ] as const) {
      await backUp(root);
      if (agoMs !== undefined) utimesSync(lastRound, (Date.now() - agoMs) / 1000, (Date.now() - agoMs) / 1000);
      const { ports, pauses } = withoutPauses();
      const startedMs = Date.now();
      assert.deepEqual(await runVaultFollowUp(ports), []);
      const [pause = -1] = pauses;
      assert.ok(pause >= atLeastMs && pause <= atMostMs, `${String(agoMs)}: ${String(pauses)}`);
      assert.ok(statSync(lastRound).mtimeMs >= startedMs - 1);
    }
  });

  it('runs only once at a time', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    const runs: (readonly string[] | undefined)[] = [];
    const files = before((path) => {
      if (path.endsWith('.db.gz')) waiting.push(home.json('follow-up', '--vault'));
    });
    const waiting: Promise<Record<string, unknown>>[] = [];
    runs.push(await runVaultFollowUp(withoutPauses({ files }).ports));
    await home.withoutFollowUps(async () => {
      await backUp(root);
      runs.push(await runVaultFollowUp(home.ports()));
      assert.equal((await home.json('follow-up', '--vault')).status, 'running-already');
    });
    assert.deepEqual(runs, [[], undefined]);
    assert.equal(waiting.length, 1);
    await Promise.all(waiting);
    assert.ok(isCopied(id));
  });

  it('copies a backup that is made while it runs', async () => {
    const root = home.make('shop');
    await backUp(root);
    const other = home.make('other');
    const made: Promise<string>[] = [];
    const files = before((path) => {
      if (!path.endsWith('.db.gz') || made.length > 0) return;
      made.push(backUp(root), backUp(other));
    });
    const { ports } = withoutPauses({ files });
    assert.deepEqual(await runVaultFollowUp(ports), []);
    const [ofRoot = '', ofOther = ''] = await Promise.all(made);
    assert.deepEqual(await runVaultFollowUp(ports), []);
    assert.ok(isCopied(ofRoot, keyOf('shop')));
    assert.ok(isCopied(ofOther, keyOf('other')));
  });

  it('starts another round for a backup that was made at the end of one', async () => {
    const id = await backUp(home.make('shop'));
    const requested: string[] = [];
    const files: FileSystem = {
      ...nodeFileSystem,
      unlinkSync: (path) => {
        nodeFileSystem.unlinkSync(path);
        if (!String(path).endsWith(`${id}.db`)) return;
        requested.push(join(home.vault, home.onlyKey(), 'sync-wanted'));
        writeFileSync(requested[0] ?? '', '');
      },
    };
    const { ports, pauses } = withoutPauses({ files });
    assert.deepEqual(await runVaultFollowUp(ports), []);
    assert.deepEqual([requested.length, pauses.length], [1, 2]);
    assert.ok(!home.names().some((name) => name.startsWith('sync-')));
  });

  it('reports a project that it cannot sync, and syncs the others', async () => {
    const broken = home.make('a-broken');
    const shop = home.make('shop');
    const ids = [await backUp(broken), await backUp(shop)];
    writeFileSync(join(broken, '.feature-backups.json'), '{');
    const problems = await runVaultFollowUp(withoutPauses().ports);
    assert.equal(problems?.length, 1);
    assert.match(problems[0] ?? '', /a-broken/);
    assert.ok(isCopied(ids[1] ?? '', keyOf('shop')));
    rmSync(join(broken, '.feature-backups.json'));
    assert.deepEqual(await runVaultFollowUp(withoutPauses().ports), []);
    assert.ok(isCopied(ids[0] ?? '', keyOf('a-broken')), 'the next follow-up tries again');
  });

  it('syncs a project whose folder was replaced by a link to its new location', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    renameSync(root, home.path('moved'));
    symlinkSync(home.path('moved'), root);
    const { ports, pauses } = withoutPauses();
    assert.deepEqual(await runVaultFollowUp(ports), []);
    assert.equal(pauses.length, 1);
    assert.ok(isCopied(id));
    const newer = await backUp(root);
    assert.equal(home.keys().length, 1, 'it is the same project');
    rmSync(root);
    rmSync(home.path('moved'), { recursive: true });
    assert.deepEqual(await home.listed(home.path('moved')), [newer, id]);
  });

  it('copies nothing of another project that took the place of the recorded one', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    const other = home.make('other');
    await backUp(other);
    rmSync(root, { recursive: true });
    renameSync(other, root);
    const key = keyOf('shop');
    assert.deepEqual(await runVaultFollowUp(withoutPauses().ports), []);
    assert.deepEqual(
      home
        .names(key)
        .filter((name) => name.includes('.db'))
        .map((name) => name.replace('.gz', '')),
      [`${id}.db`],
    );
  });

  it('copies the links of a project that another one replaced before they were copied', async () => {
    const root = home.make('shop');
    const [old, damaged] = [await backUp(root), await backUp(root)];
    const features = featuresOf(root);
    const key = home.onlyKey();
    writeFileSync(join(home.vault, key, `${damaged}.db`), 'damaged');
    rmSync(root, { recursive: true });
    home.make('shop');
    const id = await backUp(root);
    assert.deepEqual(await runVaultFollowUp(withoutPauses().ports), []);
    const newKey = home.keys().find((each) => each !== key) ?? '';
    const expected = [`${old}.db.gz`, `${old}.json`, `${damaged}.db`, `${damaged}.json`];
    assert.deepEqual(home.names(key), expected.sort());
    assert.deepEqual(home.names(newKey), [`${id}.db.gz`, `${id}.json`, 'project.json']);
    rmSync(root, { recursive: true });
    await restore(root, old, { ports: home.ports() });
    assert.notEqual(featuresOf(root), features);
    const { pauses, ports } = withoutPauses();
    assert.deepEqual(await runVaultFollowUp(ports), []);
    assert.deepEqual(pauses, [], 'nothing is left to do');
  });

  it('needs no project', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    rmSync(root, { recursive: true });
    assert.deepEqual(await runVaultFollowUp(withoutPauses().ports), []);
    assert.ok(isCopied(id));
    assert.equal(existsSync(root), false);
    const description = JSON.parse(readFileSync(join(home.vault, home.onlyKey(), 'project.json'), 'utf8')) as {
      readonly root: string;
    };
    assert.equal(description.root, root);
  });
});
