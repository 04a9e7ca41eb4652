import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/index.js';
import { openProject } from '../../../core/engine.js';
import { readJobs } from '../../../core/store/index.js';
import { canRunAsOtherUser, giveToOtherUser, runCliAsOtherUser } from '../../support/otherUser.js';
import { bareEnvironment, buildCli, type CliRun, type CliOptions } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useTinyDisk } from '../../support/tinyDisk.js';
import { featuresOf, passOneMore, VaultHome } from '../../support/vaultHome.js';

const ACCOUNT_DRIVER = join(import.meta.dirname, '../../support/accountDriver.ts');

describe('a vault that cannot be written', function () {
  this.timeout(120_000);
  const disk = useTinyDisk();
  afterEach(() => {
    disk.unmountAll();
  });
  const folder = useTemporaryFolder();
  const home = new VaultHome(folder);

  const linesOf = (text: string): readonly string[] => text.split('\n').filter((line) => line !== '');

  /** Everything else works: a backup, the list, the health, a restore and the follow-up. */
  const assertEverythingElseWorks = (root: string, run: (...args: readonly string[]) => CliRun): void => {
    passOneMore(root);
    const features = featuresOf(root);
    assert.equal(run('backup', root).code, 0);
    for (const args of [
      ['list', root],
      ['status', root],
      ['check', root],
      ['vault'],
      ['follow-up', '--vault'],
      ['follow-up', root],
    ]) {
      const { code, stdout, stderr } = run(...args);
      assert.equal(code, 0, `${args.join(' ')}: ${stdout}${stderr}`);
    }
    rmSync(join(root, 'features.db'));
    assert.equal(run('restore', root, 'last-good', '--yes').code, 0);
    assert.equal(featuresOf(root), features);
  };

  describe('because it belongs to another user', () => {
    const asOtherUser =
      (env: CliOptions['env']) =>
      (...args: readonly string[]): CliRun =>
        runCliAsOtherUser(args, { env: { TMPDIR: folder.join('temporary'), ...env } });
    let root = '';

    before(function () {
      if (!canRunAsOtherUser()) this.skip();
    });
    beforeEach(() => {
      chmodSync(folder.path, 0o755);
      root = home.make('shop');
      giveToOtherUser(root);
      mkdirSync(folder.join('closed'), { mode: 0o755 });
    });

    it('causes one warning per backup', () => {
      const state = folder.join('state');
      mkdirSync(state);
      giveToOtherUser(state);
      const run = asOtherUser({
        FEATURE_BACKUPS_STATE: state,
        FEATURE_BACKUPS_VAULT: folder.join('closed', 'vault'),
      });
      const { code, stderr } = run('backup', root);
      assert.equal(code, 0, stderr);
      assert.deepEqual(linesOf(stderr).length, 1, stderr);
      assert.match(stderr, /Could not keep a copy in the vault.*The backup itself is complete/);
      assertEverythingElseWorks(root, run);
    });

    it('causes one warning per backup if the state cannot be written either', () => {
      const run = asOtherUser({
        HOME: folder.join('closed'),
        FEATURE_BACKUPS_STATE: undefined,
        FEATURE_BACKUPS_VAULT: undefined,
      });
      const { code, stderr } = run('backup', root);
      assert.equal(code, 0, stderr);
      assert.deepEqual(linesOf(stderr).length, 1, stderr);
      assert.match(stderr, /The backup itself is complete/);
      assertEverythingElseWorks(root, run);
    });
  });

  it('causes one warning per backup without any home folder', () => {
    buildCli();
    const root = home.make('shop');
    const run = (...args: readonly string[]): CliRun => {
      const env = bareEnvironment({
        HOME: undefined,
        FEATURE_BACKUPS_STATE: undefined,
        FEATURE_BACKUPS_VAULT: undefined,
      });
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        ['--import', 'tsx', ACCOUNT_DRIVER, '', ...args],
        { cwd: join(import.meta.dirname, '../../..'), env, encoding: 'utf8' },
      );
      return { code: status, signal, stdout, stderr };
    };
    const { code, stderr } = run('backup', root);
    assert.equal(code, 0, stderr);
    assert.deepEqual(linesOf(stderr).length, 1, stderr);
    assert.match(stderr, /The backup itself is complete/);
    assertEverythingElseWorks(root, run);
  });

  it('causes one warning per backup if its path is a file', async () => {
    const root = home.make('shop');
    writeFileSync(home.vault, 'in the way');
    const { code, stderr } = await home.cli('backup', root);
    assert.equal(code, 0);
    assert.deepEqual(linesOf(stderr).length, 1, stderr);
    assert.match(stderr, /The backup itself is complete/);
    const list = await home.cli('list', root);
    assert.deepEqual([list.code, linesOf(list.stdout).length], [0, 1]);
    passOneMore(root);
    assert.equal((await home.cli('restore', root, 'last-good', '--yes')).code, 0);
  });

  describe('because its disk is full', () => {
    beforeEach(function () {
      if (disk.mount(home.vault, 'size=64k') !== undefined) this.skip();
    });
    const freeBytes = (): number => {
      const { bavail, bsize } = statfsSync(home.vault);
      return bavail * bsize;
    };
    const fill = (leftBytes: number): void => {
      writeFileSync(join(home.vault, 'filler'), Buffer.alloc(freeBytes() - leftBytes));
    };

    // Room for the lock of the vault; also for that of the project; also for the description.
    for (const leftBytes of [4096, 8192, 12_288]) {
      it(`keeps the backup, and copies it when the disk has more room than ${String(leftBytes)} bytes`, async () => {
        const root = home.make('shop');
        await home.withoutFollowUps(async () => {
          assert.deepEqual(await home.cli('backup', root).then(({ code, stderr }) => [code, stderr]), [0, '']);
        });
        fill(leftBytes);
        const failed = await home.followUp();
        assert.equal(failed.code, 1);
        assert.match(failed.stderr, /ENOSPC/);
        const project = await openProject(root, { ports: home.ports() });
        assert.equal(readJobs(project, home.ports()).vault?.ok, false);
        rmSync(join(home.vault, 'filler'));
        const { code, stderr } = await home.followUp();
        assert.equal(code, 0, stderr);
        assert.equal(home.names().filter((name) => name.endsWith('.db.gz')).length, 1, home.names().join());
        assert.equal(readJobs(project, home.ports()).vault?.ok, true);
      });
    }

    it('is a warning before the tool of an agent runs, and leaves no part of a copy', async () => {
      const root = home.make('shop');
      await createBackup(
        await openProject(root, { ports: home.ports() }),
        { source: 'cli', reason: 'one' },
        home.ports(),
      );
      assert.ok(existsSync(join(home.vault, home.onlyKey())));
      fill(8192);
      passOneMore(root);
      const warnings: string[] = [];
      const ports = home.ports({ onWarning: (warning) => warnings.push(warning) });
      const trigger = { source: 'agent-hook', reason: 'two' } as const;
      const outcome = await createBackup(await openProject(root, { ports }), trigger, ports);
      assert.equal(outcome.status, 'created');
      assert.equal(warnings.length, 1, warnings.join('\n'));
      assert.match(warnings[0] ?? '', /Could not keep a copy in the vault.*The backup itself is complete/);
      assert.deepEqual(
        home.names().filter((name) => name.startsWith('.tmp-') || name.endsWith('.db')),
        [],
      );
    });
  });
});
