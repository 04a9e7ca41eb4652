import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { deleteBackup, listBackups, openProject, restore } from '../../../core/engine.js';
import { runVaultFollowUp } from '../../../core/followUp/index.js';
import { realPorts, type Ports } from '../../../core/system/index.js';
import { makeRepository, type GitRepository } from '../../support/gitRepository.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { backUpChanged, featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const systemFiles = realPorts().files;
const RETENTION = { keepLast: 2, keepHourly: 0, keepDaily: 0, keepWeekly: 0 };

describe('the folder of a project in the vault', function () {
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
    passOneMore(root);
    return await backUpChanged(root, ports());
  };
  const followUp = async (): Promise<void> => assert.deepEqual(await runVaultFollowUp(ports()), []);
  const idsOf = async (root: string): Promise<readonly string[]> =>
    (await listBackups(root, { ports: ports() })).backups.map(({ id }) => id);
  const restoreOf = async (root: string, id: string): Promise<string> => {
    await restore(root, id, { ports: ports() });
    return featuresOf(root);
  };
  const recordNames = (): readonly string[] =>
    readdirSync(folder.join('state', 'projects')).filter((name) => name.endsWith('.json'));
  const keysOf = (root: string): readonly string[] => {
    for (const name of recordNames()) {
      const text = readFileSync(folder.join('state', 'projects', name), 'utf8');
      const record = JSON.parse(text) as { readonly roots: readonly string[]; readonly vault: readonly string[] };
      if (record.roots[0] === root) return record.vault;
    }
    return [];
  };
  const imagesIn = (key: string): readonly string[] => [
    ...new Set(
      home
        .names(key)
        .filter((name) => /\.db(?:\.gz)?$/.test(name))
        .map((name) => name.replace(/\.db(?:\.gz)?$/, '')),
    ),
  ];

  for (const [title, move] of [
    ['renamed', (from: string, to: string) => renameSync(from, to)],
    [
      'moved to another disk',
      (from: string, to: string) => {
        execFileSync('cp', ['-a', from, to]);
        rmSync(from, { recursive: true });
      },
    ],
  ] as const) {
    it(`stays the same for a project that is ${title}`, async () => {
      const root = home.make('shop');
      const ids = [await backUp(root)];
      await followUp();
      ids.unshift(await backUp(root));
      move(root, home.path('moved'));
      ids.unshift(await backUp(home.path('moved')));
      await followUp();
      const [key = '', ...others] = keysOf(home.path('moved'));
      assert.deepEqual(others, []);
      assert.deepEqual(home.keys(), [key]);
      assert.deepEqual(imagesIn(key).toSorted().reverse(), ids);
      rmSync(home.path('moved'), { recursive: true });
      assert.deepEqual(await idsOf(home.path('moved')), ids);
    });
  }

  it('is the same for a path in other letter case, if the file system does not distinguish it', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    const other = root.replace(/shop$/, 'SHOP');
    const own = { ...ports(), files: ignoringCase(root, other) };
    const project = await openProject(other, { ports: own });
    const trigger = { source: 'cli', reason: 'second' } as const;
    passOneMore(root);
    const outcome = await createBackup(project, trigger, own);
    assert.ok(outcome.status === 'created');
    assert.equal(keysOf(root).length, 1);
    assert.deepEqual(keysOf(other), []);
    rmSync(project.storePath.replace(other, root), { recursive: true });
    const { backups } = await listBackups(project, { ports: own });
    assert.deepEqual(
      backups.map((backup) => backup.id),
      [outcome.backup.id, id],
    );
  });

  it('is not that of a deleted project with a backup of the same name', async () => {
    const [first, second] = [home.make('first'), home.make('second')];
    nowMs = Date.UTC(2026, 0, 25, 12, 0, 0, 100);
    const id = await backUp(first);
    const [key] = keysOf(first);
    rmSync(first, { recursive: true });
    nowMs = Date.UTC(2026, 0, 25, 12, 0, 0, 500);
    assert.equal(await backUp(second), id);
    assert.notEqual(keysOf(second)[0], key);
    assert.deepEqual(keysOf(first), [key]);
  });

  it('stays the same for a project restored from an archive, also if its last recorded backup is in the history', async () => {
    const root = home.make('shop');
    writeFileSync(join(root, '.feature-backups.json'), JSON.stringify({ retention: RETENTION }));
    for (let i = 0; i < 5; i += 1) await backUp(root);
    execFileSync('tar', ['-C', root, '-cf', folder.join('shop.tar'), '.']);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    execFileSync('tar', ['-C', root, '-xf', folder.join('shop.tar')]);
    await backUp(root);
    assert.equal(home.keys().length, 1);
    assert.deepEqual(keysOf(root), home.keys());
  });

  it('is a new one for a copy, in which nothing is deleted for the original', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    const copy = home.path('copy');
    execFileSync('cp', ['-r', root, copy]);
    await backUp(copy);
    const [key = ''] = keysOf(root);
    const [keyOfCopy = ''] = keysOf(copy);
    assert.deepEqual(home.keys(), [key, keyOfCopy].sort());
    assert.notEqual(key, keyOfCopy);
    await followUp();
    await deleteBackup(copy, id, { ports: ports() });
    assert.ok(!(await idsOf(copy)).includes(id));
    assert.deepEqual(imagesIn(key), [id]);
    rmSync(root, { recursive: true });
    assert.deepEqual(await idsOf(root), [id]);
  });

  it('is a new one for a clone and for a work tree of git, and each can be restored', async () => {
    const root = home.make('shop');
    const repository = makeRepository(root);
    repository.write('.gitignore', '.feature_backups/\nfeatures.db*\n');
    repository.git('add', '.gitignore');
    repository.git('commit', '--quiet', '-m', 'one');
    const id = await backUp(root);
    const clone = home.path('clone');
    const workTree = home.path('tree');
    repository.git('clone', '--quiet', '.', clone);
    repository.git('worktree', 'add', '--quiet', workTree);
    const ids = new Map([[root, id]]);
    for (const other of [clone, workTree]) {
      execFileSync('cp', [join(root, 'features.db'), other]);
      ids.set(other, await backUp(other));
    }
    const all = [root, clone, workTree];
    assert.equal(new Set(all.flatMap(keysOf)).size, 3);
    repository.git('worktree', 'remove', '--force', workTree);
    rmSync(clone, { recursive: true });
    rmSync(root, { recursive: true });
    for (const [each, own] of ids) {
      assert.deepEqual(await idsOf(each), [own]);
      await restoreOf(each, own);
    }
  });

  describe('in a repository without a remote', () => {
    /** A project with a backup in a repository that ignores it. */
    const inRepository = async (name: string): Promise<{ root: string; repository: GitRepository; id: string }> => {
      const root = home.make(name);
      const repository = makeRepository(root);
      repository.commit('.gitignore', '.feature_backups/\nfeatures.db*\n', name);
      const id = await backUp(root);
      await followUp();
      return { root, repository, id };
    };
    /** The database and the store are deleted, and an agent begins a new database. */
    const beginAgain = async (root: string): Promise<string> => {
      for (const name of ['features.db', '.feature_backups'])
        rmSync(join(root, name), { recursive: true, force: true });
      makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
      return await backUp(root);
    };
    const moveToOtherDisk = (from: string, to: string): void => {
      execFileSync('cp', ['-a', from, to]);
      rmSync(from, { recursive: true });
    };

    it('stays the same after git clean', async () => {
      const { root, id } = await inRepository('shop');
      const newer = await beginAgain(root);
      assert.deepEqual(keysOf(root), home.keys());
      assert.equal(home.keys().length, 1);
      assert.deepEqual(await idsOf(root), [newer, id]);
    });

    it('stays the same for a renamed project, also after git clean', async () => {
      const { root } = await inRepository('shop');
      const moved = home.path('moved');
      renameSync(root, moved);
      await beginAgain(moved);
      assert.deepEqual(keysOf(moved), home.keys());
      assert.equal(home.keys().length, 1);
      assert.equal(recordNames().length, 1);
    });

    it('stays the same by the first commit, if the whole project is in new files', async () => {
      const { root, repository, id } = await inRepository('shop');
      repository.commit('code.ts', '1', 'later');
      moveToOtherDisk(root, home.path('aside'));
      moveToOtherDisk(home.path('aside'), root);
      const newer = await beginAgain(root);
      assert.deepEqual(keysOf(root), home.keys());
      assert.equal(home.keys().length, 1);
      assert.deepEqual(await idsOf(root), [newer, id]);
    });

    it('is a new one for another repository in the same place', async () => {
      const { root, id } = await inRepository('shop');
      const [key] = keysOf(root);
      rmSync(root, { recursive: true });
      home.make('shop');
      makeRepository(root).commit('other.ts', '1', 'another first commit');
      const newer = await backUp(root);
      assert.equal(keysOf(root).length, 2);
      assert.equal(keysOf(root)[1], key);
      assert.deepEqual(await idsOf(root), [newer, id]);
    });

    it('is a new one for a clone in the same place, and the renamed original keeps its own', async () => {
      const { root, id } = await inRepository('shop');
      const [key = ''] = keysOf(root);
      const moved = home.path('moved');
      renameSync(root, moved);
      makeRepository(home.path('other')).git('clone', '--quiet', moved, root);
      makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
      const ofOriginal = await backUp(moved);
      assert.deepEqual(keysOf(moved), [key]);
      const ofClone = await backUp(root);
      assert.equal(keysOf(root).length, 1);
      assert.notEqual(keysOf(root)[0], key);
      await followUp();
      for (const each of [root, moved]) rmSync(each, { recursive: true });
      assert.deepEqual(await idsOf(root), [ofClone]);
      assert.deepEqual(await idsOf(moved), [ofOriginal, id]);
    });

    it('is a new one for a clone in the same place that is backed up before the renamed original', async () => {
      const { root, id } = await inRepository('shop');
      const [key = ''] = keysOf(root);
      const moved = home.path('moved');
      renameSync(root, moved);
      makeRepository(home.path('other')).git('clone', '--quiet', moved, root);
      makeFeatureDatabase(join(root, 'features.db'), { features: 20, passing: 1, journalMode: 'delete' });
      const ofClone = await backUp(root);
      assert.notEqual(keysOf(root)[0], key);
      const ofOriginal = await backUp(moved);
      await followUp();
      assert.deepEqual(imagesIn(key), [id]);
      for (const each of [root, moved]) rmSync(each, { recursive: true });
      assert.deepEqual(await idsOf(root), [ofClone, id], 'those of the original are shown too');
      assert.deepEqual(await idsOf(moved), [ofOriginal, id]);
    });

    it('is a new one for a clone or a copy elsewhere, also after the original was deleted', async () => {
      const { root, repository, id } = await inRepository('shop');
      const keys = new Set(keysOf(root));
      const clone = home.path('clone');
      repository.git('clone', '--quiet', '.', clone);
      execFileSync('git', ['-C', clone, 'remote', 'remove', 'origin']);
      const copy = home.path('copy');
      execFileSync('cp', ['-al', root, copy]);
      await beginAgain(clone);
      await backUp(copy);
      for (const other of [clone, copy]) keys.add(keysOf(other)[0] ?? '');
      assert.equal(keys.size, 3);
      rmSync(root, { recursive: true });
      const second = home.path('second');
      execFileSync('git', ['clone', '--quiet', clone, second]);
      execFileSync('git', ['-C', second, 'remote', 'remove', 'origin']);
      await beginAgain(second);
      assert.ok(!keys.has(keysOf(second)[0] ?? ''));
      assert.deepEqual(await idsOf(root), [id]);
    });
  });

  it('is a new one for another project in the same place; the old copies stay, and can be restored', async () => {
    const root = home.make('shop');
    const features = new Map<string, string>();
    for (let i = 0; i < 3; i += 1) features.set(await backUp(root), featuresOf(root));
    await followUp();
    rmSync(root, { recursive: true });
    home.make('shop');
    writeFileSync(
      join(root, '.feature-backups.json'),
      JSON.stringify({ retention: RETENTION, history: { maxBytes: 0 } }),
    );
    const newer: string[] = [];
    for (let i = 0; i < 5; i += 1) newer.unshift(await backUp(root));
    await followUp();
    const [key = '', oldKey = ''] = keysOf(root);
    assert.deepEqual(home.keys(), [key, oldKey].sort());
    assert.deepEqual(imagesIn(oldKey), [...features.keys()]);
    assert.deepEqual(await idsOf(root), [...newer.slice(0, 2), ...[...features.keys()].reverse()]);
    for (const [id, content] of features) assert.equal(await restoreOf(root, id), content);
  });

  it('is a new one for a database that reuses the inode of a deleted one, by its creation time', async () => {
    const root = home.make('shop');
    await backUp(root);
    rmSync(root, { recursive: true });
    home.make('shop');
    const { dev, ino, birthtimeNs } = statSync(join(root, 'features.db'), { bigint: true });
    const [name = ''] = recordNames();
    const path = join(folder.join('state', 'projects'), name);
    const record = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...record, file_ids: [[dev, ino, birthtimeNs - 1n].map(String).join(':')] }));
    await backUp(root);
    assert.equal(keysOf(root).length, 2);
  });

  it('stays the same for a moved project whose store is in a central folder', async () => {
    home.configure({ store: folder.join('central') });
    const root = home.make('shop');
    const id = await backUp(root);
    await followUp();
    renameSync(root, home.path('moved'));
    const newer = await backUp(home.path('moved'));
    assert.deepEqual(home.keys(), keysOf(home.path('moved')));
    assert.deepEqual(await idsOf(home.path('moved')), [newer, id]);
    assert.equal(readdirSync(folder.join('central')).length, 2);
  });

  it('stays the same when the database, or the store, is replaced', async () => {
    const root = home.make('shop');
    const ids = [await backUp(root)];
    rmSync(join(root, 'features.db'));
    home.make('shop');
    passOneMore(root);
    ids.unshift(await backUp(root));
    rmSync(join(root, '.feature_backups'), { recursive: true });
    ids.unshift(await backUp(root));
    assert.deepEqual(keysOf(root), home.keys());
    assert.deepEqual(await idsOf(root), ids);
  });

  for (const phase of ['link', 'copy'] as const) {
    it(`contains both states if a store that was deleted gives a name again in the same second (${phase})`, async () => {
      const root = home.make('shop');
      nowMs = Date.UTC(2026, 0, 25, 12, 0, -1, 100);
      const id = await backUp(root);
      const older = featuresOf(root);
      if (phase === 'copy') await followUp();
      rmSync(join(root, '.feature_backups'), { recursive: true });
      nowMs = Date.UTC(2026, 0, 25, 12, 0, -1, 500);
      assert.equal(await backUp(root), id);
      const newer = featuresOf(root);
      const both = [id, id.replace(/_manual$/, '-2_manual')];
      assert.deepEqual(await idsOf(root), both);
      await followUp();
      rmSync(root, { recursive: true });
      assert.deepEqual(await idsOf(root), both);
      assert.equal(await restoreOf(root, both[1] ?? ''), older);
      assert.equal(await restoreOf(root, both[0] ?? ''), newer);
    });
  }

  it('stays the same for a project that was deleted and restored from it', async () => {
    const root = home.make('shop');
    const id = await backUp(root);
    for (const name of ['.', 'features.db', '.feature_backups']) {
      rmSync(join(root, name), { recursive: true });
      await restoreOf(root, id);
    }
    const newer = await backUp(root);
    assert.deepEqual(keysOf(root), home.keys());
    assert.deepEqual(await idsOf(root), [newer, id]);
  });
});

/** Two names of one folder. `realpath` returns the given name, as Node's does on macOS. */
function ignoringCase(root: string, other: string): Ports['files'] {
  const translated = (value: unknown): unknown =>
    typeof value === 'string' && value.startsWith(other) ? root + value.slice(other.length) : value;
  return new Proxy(systemFiles, {
    get: (files, name: keyof Ports['files']) => {
      const call = files[name] as (...args: unknown[]) => unknown;
      return (...args: unknown[]) => {
        const result = call(...args.map(translated));
        return name === 'realpathSync' && args[0] !== translated(args[0])
          ? other + String(result).slice(root.length)
          : result;
      };
    },
  });
}
