import assert from 'node:assert/strict';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { VaultHome } from '../../support/vaultHome.js';

describe('feature-backups projects', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  it('lists present and missing projects with their records', async () => {
    const [blog, shop] = [home.make('blog'), home.make('shop')];
    for (const root of [blog, shop]) assert.equal((await home.cli('backup', root)).code, 0);
    rmSync(shop, { recursive: true });
    const { stdout } = await home.cli('projects');
    const rows = stdout.trimEnd().split('\n');
    assert.deepEqual(
      rows.map((row) => row.split('\t')).map(([root, status, , copies]) => [root, status, copies]),
      [
        [blog, 'present', '1'],
        [shop, 'missing', '1'],
      ],
    );
    const { projects } = (await home.json('projects')) as { readonly projects: readonly Record<string, unknown>[] };
    const record = projects[1]?.record as { readonly roots: readonly string[]; readonly vaultKeys: readonly string[] };
    assert.deepEqual(record.roots, [shop]);
    assert.ok(home.keys().includes(record.vaultKeys[0] ?? ''));
  });

  it('lists a project whose record is damaged, and warns', async () => {
    const shop = home.make('shop');
    assert.equal((await home.cli('backup', shop)).code, 0);
    home.configure({ projects: [shop] });
    const [name = ''] = readdirSync(folder.join('state', 'projects')).filter((entry) => entry.endsWith('.json'));
    writeFileSync(folder.join('state', 'projects', name), '{');
    const { code, stdout, stderr } = await home.cli('projects');
    assert.equal(code, 0);
    assert.equal(stdout, `${shop}\tpresent\t\t0\n`);
    assert.match(stderr, /is not a valid project record/);
  });

  it('lists nothing for a new user, and explains how projects are added', async () => {
    const { code, stdout, stderr } = await home.cli('projects');
    assert.deepEqual([code, stdout], [0, '']);
    assert.match(stderr, /recorded when it is first backed up/);
  });
});
