import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { copyFixture, countsBySqlite, sqlite3 } from '../../support/fixtureProject.js';
import { CLI_PATH, bareEnvironment, buildCli, durationOf, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { runOnTerminal } from '../../support/terminal.js';

describe('the command line in various environments', () => {
  const folder = useTemporaryFolder();
  before(function () {
    this.timeout(60_000);
    buildCli();
  });

  for (const name of ['with spaces', `quotes ' " and \\`, 'new\nline', 'Größe 機能 🙂', '-dash', '$(id) `id` %s']) {
    it(`works in a project called ${JSON.stringify(name)}`, async () => {
      const project = copyFixture('2-after-200-passing', folder.join(name));
      const run = (...args: string[]) => runCli([...args, '--project', project], { cwd: folder.path });
      assert.equal((await run('backup')).code, 0);
      sqlite3(join(project, 'features.db'), 'DELETE FROM features WHERE id > 10');
      const restored = await run('restore', 'latest', '--yes');
      assert.equal(restored.code, 0, restored.stderr);
      assert.equal(countsBySqlite(join(project, 'features.db')), '598|200');
      const { code, stdout } = await run('status');
      assert.equal(code, 0);
      // No name breaks a line.
      assert.match(stdout, /^(?:[^\t\n]*\t.*\n){5,}$/);
    });
  }

  it('finds the project by PROJECT_DIR, and by the working directory', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    mkdirSync(join(project, 'src', 'deep'), { recursive: true });
    const byEnvironment = await runCliJson(['list'], { cwd: folder.path, env: { PROJECT_DIR: project } });
    const byFolder = await runCliJson(['list'], { cwd: join(project, 'src', 'deep') });
    assert.deepEqual([byEnvironment.document.project, byFolder.document.project], [project, project]);
  });

  it('lists the searched paths if there is no project', async () => {
    const { code, stderr, stdout } = await runCli(['backup'], { cwd: folder.path });
    assert.deepEqual([code, stdout], [4, '']);
    assert.ok(stderr.includes(`\n  ${folder.path}\n`), stderr);
    assert.match(stderr, /\.autoforge\/features\.db, \.autocoder\/features\.db, features\.db/);
    const { code: jsonCode, document } = await runCliJson(['backup', 'nowhere'], { cwd: folder.path });
    assert.equal(jsonCode, 4);
    assert.deepEqual(Object.keys(errorOf(document)), ['code', 'message', 'path', 'hint']);
  });

  it('reports wrong usage with exit code 2, also as JSON', async () => {
    for (const args of [
      [],
      ['nonsense'],
      ['backup', '--nonsense'],
      ['list', 'a', 'b'],
      ['cleanup', '--keep', 'x', folder.path],
    ]) {
      const { code, stdout, stderr } = await runCli(args, { cwd: folder.path });
      assert.deepEqual([code === 2 || code === 4, stdout], [true, ''], args.join(' '));
      assert.notEqual(stderr, '');
    }
    const { code, document } = await runCliJson(['backup', '--nonsense'], { cwd: folder.path });
    assert.equal(code, 2);
    assert.equal(Reflect.get(errorOf(document), 'code'), 'usage');
  });

  it('reports an invalid configuration with file, line and key', async () => {
    const project = copyFixture('0-created', folder.join('p'));
    const path = join(project, '.feature-backups.json');
    writeFileSync(path, '{\n  // how long\n  "retention": { "keepLast": "long" }\n}');
    const { code, stderr } = await runCli(['backup'], { cwd: project });
    assert.equal(code, 2);
    assert.ok(stderr.includes(`${path}:3: retention.keepLast`), stderr);
  });

  it('shows control characters in names as escapes', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    await runCli(['backup'], { cwd: project });
    sqlite3(
      join(project, 'features.db'),
      "UPDATE features SET name = 'x' || char(27) || '[31m' || char(10) || 'y' WHERE id = 1",
    );
    const piped = await runCli(['compare', 'latest'], { cwd: project });
    const terminal = runOnTerminal(['compare', 'latest'], { cwd: project, env: { NO_COLOR: '1' } });
    for (const text of [piped.stdout, terminal.shown]) {
      assert.match(text, /x\\(x1b|u001b)\[31m\\ny/);
      assert.equal(text.includes('\u001B'), false);
    }
  });

  it('prints tables with colours on a terminal, and none with NO_COLOR', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    await runCli(['backup'], { cwd: project });
    const coloured = runOnTerminal(['list'], { cwd: project });
    assert.match(coloured.shown, /BACKUP +CREATED +FEATURES +PASSING +SIZE/);
    assert.ok(coloured.shown.includes('\u001B['));
    const plain = runOnTerminal(['list'], { cwd: project, env: { NO_COLOR: '1' } });
    assert.equal(plain.shown.includes('\u001B['), false);
    assert.match(plain.shown, /^features_598_\S+_manual +\S.* +598 +200 +\d+ kB$/m);
  });

  it('asks on a terminal: "no" changes nothing and exits with 5, "yes" restores', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    const database = join(project, 'features.db');
    await runCli(['backup'], { cwd: project });
    sqlite3(database, 'DELETE FROM features WHERE id = 9');
    const refused = runOnTerminal(['restore', 'latest'], { cwd: project, answers: ['\n'] });
    assert.equal(refused.code, 5);
    assert.match(refused.shown, /Restore 598 features\?/);
    assert.match(countsBySqlite(database), /^597\|/);
    const interrupted = runOnTerminal(['restore', 'latest'], { cwd: project, answers: ['\u0003'] });
    assert.equal(interrupted.code, -2, 'ended by SIGINT');
    assert.match(countsBySqlite(database), /^597\|/);
    const agreed = runOnTerminal(['restore', 'latest'], { cwd: project, answers: ['y\n'] });
    assert.equal(agreed.code, 0, agreed.shown);
    assert.equal(countsBySqlite(database), '598|200');
  });

  it('is silent if the reader of its output closes the pipe', () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    spawnSync(process.execPath, [CLI_PATH, 'backup'], { cwd: project, env: bareEnvironment() });
    sqlite3(join(project, 'features.db'), "UPDATE features SET description = description || 'x'");
    const { stderr, stdout } = spawnSync(
      'sh',
      ['-c', '{ "$0" "$1" compare latest; echo "exit $?" >&2; } | head -c 1', process.execPath, CLI_PATH],
      { cwd: project, env: bareEnvironment(), encoding: 'utf8' },
    );
    assert.deepEqual([stdout, stderr], ['c', 'exit 0\n']);
  });

  it('leaves database and store intact when interrupted, and works afterwards', async function () {
    this.timeout(60_000);
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    const database = join(project, 'features.db');
    const durationMs = await durationOf(['backup'], { cwd: project });
    for (let part = 1; part <= 6; part += 1) {
      sqlite3(database, 'UPDATE features SET priority = priority + 1 WHERE id = 1');
      const child = spawn(process.execPath, [CLI_PATH, 'backup'], { cwd: project, env: bareEnvironment() });
      const timer = setTimeout(() => child.kill('SIGINT'), (durationMs * part) / 7);
      await new Promise((resolve) => child.on('close', resolve));
      clearTimeout(timer);
    }
    const { code } = await runCli(['backup'], { cwd: project });
    assert.equal(code, 0);
    assert.equal((await runCli(['verify'], { cwd: project })).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
    const names = readdirSync(join(project, '.feature_backups'));
    assert.deepEqual(
      names.filter((name) => !/^(\.gitignore|features_598_[\w-]+\.(db|json))$/.test(name)),
      [],
    );
  });

  it('exits with 1 and names the file that it may not read or write', () => {
    const project = copyFixture('0-created', folder.join('p'));
    const place = folder.join('tools');
    spawnSync('cp', ['-r', join(CLI_PATH, '..'), place]);
    spawnSync('chmod', ['-R', 'a+rX', folder.path]);
    // Permissions do not apply to root, so it runs as nobody then.
    const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
    const backUp = () =>
      spawnSync(process.execPath, [join(place, 'feature-backups.cjs'), 'backup', project], {
        cwd: folder.path,
        env: bareEnvironment({ HOME: folder.join('home') }),
        encoding: 'utf8',
        ...nobody,
      });
    chmodSync(project, 0o555);
    const readOnly = backUp();
    assert.equal(readOnly.status, 1, readOnly.stderr);
    assert.ok(readOnly.stderr.includes(join(project, '.feature_backups')), readOnly.stderr);
    chmodSync(project, 0o777);
    chmodSync(join(project, 'features.db'), 0o000);
    const unreadable = backUp();
    assert.equal(unreadable.status, 1, unreadable.stderr);
    assert.ok(unreadable.stderr.includes(join(project, 'features.db')), unreadable.stderr);
  });

  it('works after the bundles have been moved', () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    const place = folder.join('tools');
    spawnSync('cp', ['-r', join(CLI_PATH, '..'), place]);
    const { status } = spawnSync(process.execPath, [join(place, 'feature-backups.cjs'), 'backup'], {
      cwd: project,
      env: bareEnvironment(),
    });
    assert.equal(status, 0);
  });

  it('restores a missing database', async () => {
    const project = copyFixture('2-after-200-passing', folder.join('p'));
    const database = join(project, 'features.db');
    await runCli(['backup'], { cwd: project });
    renameSync(database, folder.join('old.db'));
    rmSync(`${database}-wal`);
    assert.equal((await runCli(['backup'], { cwd: project })).code, 4);
    assert.equal((await runCli(['restore', 'last-good', '--yes'], { cwd: project })).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
  });

  it('prints help and version to standard output', async () => {
    const main = await runCli(['--help']);
    assert.equal(main.code, 0);
    for (let exit = 0; exit <= 6; exit += 1) assert.match(main.stdout, new RegExp(`\\b${String(exit)} [a-z]`));
    for (const name of [
      'backup',
      'list',
      'status',
      'restore',
      'undo',
      'compare',
      'verify',
      'salvage',
      'pin',
      'unpin',
      'cleanup',
      'delete',
    ]) {
      assert.match(main.stdout, new RegExp(`^  ${name} `, 'm'));
      const { code, stdout } = await runCli([name, '--help']);
      assert.equal(code, 0);
      assert.match(stdout, /Usage[\s\S]*--json[\s\S]*Examples\n/);
      assert.deepEqual((await runCli(['help', name])).stdout, stdout);
    }
    assert.match((await runCli(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
    for (const args of [['-h'], ['list', '-h']]) assert.equal((await runCli(args)).code, 0);
    assert.equal((await runCli(['-h'])).stdout, main.stdout);
  });
});

function errorOf({ error }: Readonly<Record<string, unknown>>): object {
  assert.ok(typeof error === 'object' && error !== null);
  return error;
}
