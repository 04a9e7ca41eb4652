import assert from 'node:assert/strict';
import { mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { sqlite3 } from '../../support/fixtureProject.js';
import { KnownProjects } from '../../support/knownProjects.js';
import { runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { runOnTerminal } from '../../support/terminal.js';

interface Run {
  readonly name: string;
  readonly status: string;
  readonly exitCode: number;
  readonly result: Readonly<Record<string, unknown>> | null;
  readonly error: { readonly code: string } | null;
}

describe('--all', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const cliOptions = () => ({ env: home.environment, cwd: folder.path });
  const cli = async (...args: readonly string[]) => await runCli(args, cliOptions());
  const json = async (...args: readonly string[]) => {
    const { code, document } = await runCliJson(args, cliOptions());
    return { code, runs: document.projects as readonly Run[] };
  };
  const backups = (name: string): string[] =>
    readdirSync(join(home.path(name), '.feature_backups')).filter((file) => /^features_.*\.db$/.test(file));

  /** Two sound projects, a missing one and one without a database. */
  function ordinaryHome(): void {
    home.make('blog');
    home.make('shop');
    mkdirSync(home.path('new'));
    home.register('shop', 'gone', 'new', 'blog');
  }

  it('backs up every project, and lists missing ones and ones without a database as no failure', async () => {
    ordinaryHome();
    const { code, runs } = await json('backup', '--all', '--reason', 'nightly');
    assert.equal(code, 0);
    assert.deepEqual(
      runs.map(({ name, status, result }) => `${name} ${status} ${(result?.status as string | undefined) ?? '-'}`),
      ['shop present created', 'gone gone -', 'new no-database -', 'blog present created'],
    );
    assert.match(backups('shop').join(), /nightly/);
    assert.equal(backups('blog').length, 1);
    const { stdout } = await cli('backup', '--all');
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual(
      lines.map(([word, path]) => [word, path]),
      [
        ['ok', home.path('shop')],
        ['gone', home.path('gone')],
        ['no-database', home.path('new')],
        ['ok', home.path('blog')],
      ],
    );
    assert.match(lines[0]?.[2] ?? '', /^unchanged, features_20_/);
  });

  it('continues after a failing project, and exits with the code of the worst one', async () => {
    ordinaryHome();
    home.make('broken');
    writeFileSync(home.database('broken'), 'x'.repeat(5000));
    home.make('odd');
    writeFileSync(join(home.path('odd'), '.feature-backups.json'), '{ "store": 7 }');
    home.register('broken', 'odd', 'shop');
    const { code, runs } = await json('backup', '--all');
    assert.equal(code, 3, 'damaged is worse than wrongly configured');
    assert.deepEqual(
      runs.map(({ exitCode, error, result }) => [exitCode, error?.code ?? result?.status]),
      [
        [3, 'damaged'],
        [2, 'configuration'],
        [0, 'created'],
      ],
    );
    home.register('odd', 'shop');
    assert.equal((await cli('backup', '--all')).code, 2);
  });

  it('verifies and drills all backups', async () => {
    ordinaryHome();
    assert.equal((await json('verify', '--all')).code, 0, 'no backups yet');
    assert.equal((await json('drill', '--all')).code, 0, 'nothing to drill yet');
    await cli('backup', '--all');
    const verified = await json('verify', '--all');
    assert.equal(verified.code, 0);
    assert.deepEqual(
      verified.runs.map(({ result }) => result?.ok ?? null),
      [true, null, null, true],
    );
    const drilled = await json('drill', '--all');
    assert.equal(drilled.code, 0);
    assert.deepEqual(
      drilled.runs.map(({ result }) => (result?.drilled as unknown[] | undefined)?.length),
      [1, undefined, undefined, 1],
    );
    assert.equal((await cli('drill', '--all')).stdout.match(/^ok\t.*\tpassed: 1 backup restored$/gm)?.length, 2);
    const [file = ''] = backups('blog');
    writeFileSync(join(home.path('blog'), '.feature_backups', file), 'rot');
    const damaged = await json('verify', '--all');
    assert.equal(damaged.code, 3);
    assert.deepEqual(
      damaged.runs.map(({ exitCode }) => exitCode),
      [0, 0, 0, 3],
    );
  });

  it('cleans up every project after one confirmation, and nothing without it', async () => {
    ordinaryHome();
    for (const state of [1, 2, 3]) {
      for (const name of ['shop', 'blog']) {
        sqlite3(home.database(name), `UPDATE features SET priority = ${String(state)}`);
      }
      await cli('backup', '--all');
    }
    const planned = await json('cleanup', '--all', '--keep', '1', '--dry-run');
    assert.deepEqual(
      planned.runs.map(({ result }) => (result?.remove as unknown[] | undefined)?.length),
      [2, undefined, undefined, 2],
    );
    assert.equal((await cli('cleanup', '--all', '--keep', '1')).code, 5);
    assert.equal(backups('shop').length, 3);
    const { code, runs } = await json('cleanup', '--all', '--keep', '1', '--yes');
    assert.equal(code, 0);
    assert.equal(runs[0]?.result?.status, 'removed', JSON.stringify(runs[0], null, 1));
    assert.deepEqual([backups('shop').length, backups('blog').length], [1, 1], JSON.stringify(runs[0]));
  });

  it('replicates every project', async () => {
    ordinaryHome();
    mkdirSync(folder.join('disk'));
    await cli('backup', '--all');
    home.configure({ targets: [{ name: 'disk', folder: folder.join('disk') }] });
    const { code, runs } = await json('replicate', '--all');
    assert.equal(code, 0);
    assert.deepEqual(
      runs.map(({ exitCode }) => exitCode),
      [0, 0, 0, 0],
    );
    assert.equal(readdirSync(folder.join('disk')).filter((name) => /^(shop|blog)/.test(name)).length, 2);
  });

  it('is refused together with a project, and reports if no project is known', async () => {
    const { code, stderr } = await cli('status', '--all');
    assert.equal(code, 4);
    assert.match(stderr, /No projects found\n {2}Projects come from AutoForge’s registry/);
    for (const command of ['status', 'backup', 'verify', 'drill', 'cleanup', 'replicate']) {
      assert.equal((await cli(command, '--all', '--project', folder.path)).code, 2, command);
    }
  });

  it('warns of an unreadable registry, and continues with the other projects', async () => {
    mkdirSync(folder.join('home', '.autoforge'), { recursive: true });
    writeFileSync(folder.join('home', '.autoforge', 'registry.db'), 'damaged');
    home.configure({ projects: [home.make('shop')] });
    const { code, stderr } = await cli('backup', '--all');
    assert.equal(code, 0);
    assert.match(stderr, /^feature-backups: warning: Could not read AutoForge’s list of projects/);
    assert.equal(backups('shop').length, 1);
  });

  it('repeats failures at the end, worst first, on a terminal', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f'];
    for (const name of names) home.make(name, 3);
    writeFileSync(join(home.path('b'), '.feature-backups.json'), '{ "store": 7 }');
    writeFileSync(home.database('e'), 'x'.repeat(5000));
    home.register(...names, 'gone');
    const { code, shown } = runOnTerminal(['backup', '--all'], cliOptions());
    assert.equal(code, 3);
    const plain = shown.replace(/\u001b\[\d*[mK]|\r/g, '');
    assert.match(plain, /^✓ a {2}backed up 3 features, 1 passing\n✗ b {2}/);
    const end = plain.slice(plain.indexOf('Failed:'));
    assert.ok(end.indexOf(home.path('e')) < end.indexOf(home.path('b')), plain);
    assert.match(plain, /\n7 projects: 2 failed, 1 missing\.\n$/);
  });
});

describe('status --all', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  const home = new KnownProjects(folder);
  const cliOptions = () => ({ env: home.environment, cwd: folder.path });

  it('shows thirty projects on one screen of 100 columns, worst first', async () => {
    const names = Array.from({ length: 26 }, (_, index) => `project-${String(index).padStart(2, '0')}`);
    const odd = ['a-project-with-a-name-that-is-far-too-long-for-any-table', '漢字プロジェクト', 'broken'];
    for (const name of [...names, ...odd]) home.make(name, 3);
    home.register(...names, ...odd, 'gone');
    await runCli(['backup', '--all'], cliOptions());
    sqlite3(home.database('project-07'), 'DELETE FROM features WHERE id > 1');
    writeFileSync(home.database('broken'), 'x'.repeat(5000));
    rmSync(home.database('project-03'));
    const { code, shown } = runOnTerminal(['status', '--all'], cliOptions());
    assert.equal(code, 3);
    assert.match(shown, /\u001b\[31mcritical/);
    const lines = shown
      .replace(/\u001b\[\d*[mK]|\r/g, '')
      .trimEnd()
      .split('\n');
    const rows = lines.slice(1, 31).map((line) => line.split(/ {2,}/).slice(0, 2).join(' '));
    assert.deepEqual(rows.slice(0, 5), [
      'critical broken',
      'critical project-03',
      'warning project-07',
      'missing gone',
      'ok a-project-with-a-na…',
    ]);
    assert.ok(lines.length <= 34, shown);
    for (const line of lines) {
      const wide = line.match(/\p{Script=Han}|\p{Script=Katakana}/gu)?.length ?? 0;
      assert.ok(line.length + wide <= 100, `${String(line.length + wide)}: ${line}`);
      assert.equal(line, line.trimEnd());
    }
    assert.match(lines.at(-2) ?? '', /^30 projects: 2 critical, 1 warning, 1 missing, 26 ok; 29 backups, /);
  });

  it('prints a line of eight complete fields per project for programs', async () => {
    home.make('shop');
    home.register('shop', 'gone');
    await runCli(['backup', '--all'], cliOptions());
    const { code, stdout } = await runCli(['status', '--all'], cliOptions());
    assert.equal(code, 0);
    const [gone, shop] = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual(gone, ['gone', 'gone', '', '', '', '', 'project-gone', home.path('gone')]);
    assert.deepEqual([shop?.length, shop?.[0], shop?.[2], shop?.[7]], [8, 'ok', '1/20', home.path('shop')]);
    assert.ok(!Number.isNaN(Date.parse(shop?.[3] ?? '')));
  });
});
