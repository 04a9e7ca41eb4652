import assert from 'node:assert/strict';
import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { KnownProjects } from '../../support/knownProjects.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

describe('a database that disappears before its first backup', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  // Projects in the folder for temporary files are not recorded.
  const cliOptions = () => ({ env: { ...home.environment, TMPDIR: folder.join('temporary') }, cwd: folder.path });
  const cli = async (...args: readonly string[]) => await runCli(args, cliOptions());

  it('is a warning after status or check has seen it, in every command, until it is back or forgotten', async () => {
    const root = home.make('shop');
    assert.match((await cli('status', root)).stderr, /No backups yet/);
    rmSync(home.database('shop'));
    const check = await cli('check', root);
    assert.equal(check.code, 1, check.stdout);
    assert.match(check.stdout, /features\.db is missing and was never backed up; on .* it had 20 features, 1 passing/);
    for (const command of ['list', 'status', 'backup']) {
      const { code, stderr } = await cli(command, root);
      assert.equal(code, 4, command);
      assert.match(stderr, /was never backed up.*20 features/, command);
    }
    const { code, document } = await runCliJson(['check', '--all'], cliOptions());
    assert.equal(code, 1);
    const projects = document.projects as readonly { root: string; troubles: readonly { code: string }[] }[];
    assert.deepEqual(
      projects.map((project) => [project.root, project.troubles.map((trouble) => trouble.code)]),
      [[root, ['database-gone']]],
    );
    assert.match((await cli('forget', root, '--dry-run')).stdout, /never backed up/);
    assert.equal((await cli('forget', root, '--yes')).code, 0);
    assert.equal((await cli('check', root)).code, 3, 'no project');
    assert.equal((await cli('forget', root, '--yes')).code, 4, 'nothing is recorded');
  });

  it('is a warning even if its whole folder is missing, until it is back', async () => {
    const root = home.make('shop');
    await cli('check', '--project', root);
    rmSync(root, { recursive: true });
    assert.equal((await cli('check', root)).code, 1);
    home.make('shop');
    assert.equal((await cli('backup', root)).code, 0);
    assert.equal((await cli('check', root)).code, 0);
    assert.equal((await cli('check', '--all')).code, 0);
  });

  it('is not recorded while it has backups, and a damaged record counts as none', async () => {
    const root = home.make('shop');
    await cli('backup', root);
    await cli('status', root);
    rmSync(root, { recursive: true });
    assert.match((await cli('check', root)).stdout, /CRITICAL/, 'a loss of backups is more');
    const other = home.make('blog');
    await cli('status', other);
    writeFileSync(folder.join('state', 'seen-databases.json'), 'no JSON');
    rmSync(home.database('blog'));
    assert.equal((await cli('check', other)).code, 3);
  });

  it('is not reported for a project that was backed up and then renamed', async () => {
    const root = home.make('shop');
    await cli('status', root);
    assert.equal((await cli('backup', root)).code, 0);
    renameSync(root, home.path('renamed'));
    assert.equal((await cli('backup', home.path('renamed'))).code, 0);
    const { code, stdout } = await cli('check', '--all');
    assert.equal(code, 0, stdout);
  });

  it('is not assumed for a project that is only listed while it is present', async () => {
    await cli('status', home.make('shop'));
    home.register('blog');
    home.make('blog');
    const { document } = await runCliJson(['check', '--all'], cliOptions());
    assert.deepEqual(
      (document.projects as readonly { name: string }[]).map(({ name }) => name),
      ['blog'],
    );
  });
});
