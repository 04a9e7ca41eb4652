import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { makeRepository } from '../../support/gitRepository.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

interface Loss {
  readonly title: string;
  readonly lost: readonly string[];
  /** The exit codes of `status` and `check` afterwards. */
  readonly codes: readonly [status: number, check: number];
  /** Whether the backups are only in the vault. */
  readonly isStoreLost: boolean;
}

const LOSSES: readonly Loss[] = [
  { title: 'the store', lost: ['.feature_backups'], codes: [0, 1], isStoreLost: true },
  { title: 'the database', lost: ['features.db'], codes: [4, 2], isStoreLost: false },
  { title: 'both', lost: ['.feature_backups', 'features.db'], codes: [4, 2], isStoreLost: true },
  { title: 'the project', lost: ['.'], codes: [4, 2], isStoreLost: true },
];

describe('a project whose files are deleted', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  /** Two backups, the newer one with one more passing feature. */
  const backedUp = async (phase: 'links' | 'copies'): Promise<string> => {
    const root = home.make('shop');
    await home.withoutFollowUps(async () => {
      for (const change of [undefined, passOneMore]) {
        change?.(root);
        const { code, stderr } = await home.cli('backup', root);
        assert.deepEqual([code, stderr], [0, '']);
      }
    });
    if (phase === 'copies') assert.deepEqual((await home.followUp()).code, 0);
    const suffix = phase === 'links' ? '.db' : '.db.gz';
    assert.equal(home.names().filter((name) => name.endsWith(suffix)).length, 2, home.names().join(', '));
    return root;
  };

  for (const phase of ['links', 'copies'] as const) {
    for (const { title, lost, codes, isStoreLost } of LOSSES) {
      it(`lists, compares and restores without ${title}, from ${phase} in the vault`, async () => {
        const root = await backedUp(phase);
        const ids = await home.listed(root);
        const features = featuresOf(root);
        for (const name of lost) rmSync(join(root, name), { recursive: true });

        assert.deepEqual(await home.listed(root), ids);
        const { backups } = await home.json('list', '--project', root);
        assert.deepEqual(
          (backups as readonly { readonly onlyInVault: boolean }[]).map(({ onlyInVault }) => onlyInVault),
          ids.map(() => isStoreLost),
        );
        assert.equal((await home.cli('status', root)).code, codes[0]);
        const check = await home.cli('check', root);
        assert.equal(check.code, codes[1], check.stdout);
        assert.equal((await home.cli('check', '--all')).code, codes[1]);
        const compared = await home.cli('compare', '--project', root, ids[1] ?? '', 'last-good');
        assert.deepEqual([compared.code, compared.stderr], [0, '']);
        assert.match(compared.stdout, /passes/);
        const undo = await home.cli('undo', root, '--yes');
        assert.equal(undo.code, 4);

        // A follow-up replaces metadata while the backups are listed.
        await home.withoutFollowUps(async () => {
          const restored = await home.cli('restore', root, 'last-good', '--yes');
          assert.deepEqual([restored.code, restored.stderr], [0, '']);
          assert.equal(featuresOf(root), features);
          assert.deepEqual(await home.listed(root), ids);
          assert.equal((await home.cli('status', root)).code, 0);
          const backup = await home.cli('backup', root);
          assert.equal(backup.code, 0, backup.stderr);
          assert.equal((await home.cli('check', root)).code, 0);
          assert.equal((await home.cli('check', '--all')).code, 0);
          assert.deepEqual((await home.listed(root)).slice(-2), ids);
        });
        assert.equal(home.keys().length, 1, 'it is still the same project');
      });
    }
  }

  it('restores an older backup over the live database, with an undo', async () => {
    const root = await backedUp('copies');
    const [, older = ''] = await home.listed(root);
    const features = featuresOf(root);
    rmSync(join(root, '.feature_backups'), { recursive: true });
    assert.equal((await home.cli('restore', root, older, '--yes')).code, 0);
    assert.notEqual(featuresOf(root), features);
    assert.equal((await home.cli('undo', root, '--yes')).code, 0);
    assert.equal(featuresOf(root), features);
  });

  it('previews a restore without creating anything', async () => {
    const root = await backedUp('copies');
    rmSync(root, { recursive: true });
    const { code, stdout } = await home.cli('restore', root, 'last-good', '--dry-run');
    assert.equal(code, 0, stdout);
    assert.equal(existsSync(root), false);
    const unconfirmed = await home.cli('restore', root, 'last-good');
    assert.equal(unconfirmed.code, 5);
    assert.equal(existsSync(root), false);
  });

  it('restores the features that are selected', async () => {
    const root = await backedUp('copies');
    const features = featuresOf(root);
    const [, older = ''] = await home.listed(root);
    rmSync(join(root, '.feature_backups'), { recursive: true });
    const { code, stderr } = await home.cli('restore', root, older, '--features', '2', '--yes');
    assert.equal(code, 0, stderr);
    assert.notEqual(featuresOf(root), features);
  });

  it('reports where the backups are if only the former database is named', async () => {
    const root = await backedUp('copies');
    const features = featuresOf(root);
    rmSync(root, { recursive: true });
    const { code, stderr } = await home.cli('restore', join(root, 'features.db'), 'last-good', '--yes');
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(featuresOf(root), features);
  });

  it('is found from its empty folder', async () => {
    const root = await backedUp('links');
    const features = featuresOf(root);
    rmSync(root, { recursive: true });
    mkdirSync(root);
    const { code, stderr } = await home.cli('restore', 'last-good', '--yes', '--project', root);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(featuresOf(root), features);
  });

  for (const [command, ...args] of [
    ['clean', '-fdxq'],
    ['stash', 'push', '--all', '--quiet'],
  ] as const) {
    it(`survives git ${command}`, async () => {
      const root = await backedUp('links');
      const repository = makeRepository(root);
      repository.write('.gitignore', '.feature_backups/\nfeatures.db*\n');
      repository.git('add', '.gitignore');
      repository.git('commit', '--quiet', '-m', 'one');
      const features = featuresOf(root);
      repository.git(command, ...args);
      assert.deepEqual(
        ['features.db', '.feature_backups'].map((name) => existsSync(join(root, name))),
        [false, false],
      );
      assert.match((await home.cli('check', root)).stdout, /The vault contains 2 backups/);
      assert.equal((await home.cli('restore', root, 'last-good', '--yes')).code, 0);
      assert.equal(featuresOf(root), features);
    });
  }
});
