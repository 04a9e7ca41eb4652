import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { copyFixture, countsBySqlite, sqlite3 } from '../../support/fixtureProject.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

/** Every command that opens a project, with ordinary arguments. */
const COMMANDS: readonly (readonly string[])[] = [
  ['backup'],
  ['restore', 'latest', '--yes'],
  ['restore', 'latest', '--dry-run'],
  ['restore', 'latest', '--features', '1', '--yes'],
  ['restore', 'latest', '--salvage', '--yes'],
  ['undo', '--yes'],
  ['salvage'],
  ['compare', 'latest'],
  ['status'],
  ['check'],
  ['list'],
  ['verify'],
  ['drill'],
  ['cleanup'],
  ['acknowledge', '--yes'],
  ['pin', 'latest'],
  ['delete', 'latest', '--yes'],
  ['replicate'],
];

/** The exit code of `check` if the state is unknown, as for all monitoring plugins. */
const UNKNOWN = 3;

describe('a database that is a link', function () {
  this.timeout(120_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  let database = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop'));
    database = join(project, 'features.db');
    mkdirSync(folder.join('home', '.ssh'), { recursive: true });
    writeFileSync(secret(), SECRET);
  });

  const SECRET = 'export TOKEN=not-for-anybody-else\n'.repeat(300);
  const secret = () => folder.join('home', '.ssh', 'id_rsa');
  const store = () => join(project, '.feature_backups');
  const cliOptions = () => ({
    cwd: project,
    env: { HOME: folder.join('home'), FEATURE_BACKUPS_STATE: folder.join('state') },
  });
  const run = async (...args: string[]) => await runCli(args, cliOptions());
  const backUp = async () => {
    const { code, stderr } = await run('backup');
    assert.equal(code, 0, stderr);
  };
  const removeDatabase = () => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(database + suffix, { force: true });
  };
  const moveDatabase = (target: string) => {
    for (const suffix of ['', '-wal']) renameSync(database + suffix, target + suffix);
  };
  const plant = (target: string, path = database) => {
    rmSync(path, { force: true });
    symlinkSync(target, path);
  };
  const filesBelow = (path: string): readonly string[] =>
    readdirSync(path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  const assertNoCopyOfSecret = () => {
    const copies = filesBelow(project).filter((path) => readFileSync(path).includes('not-for-anybody-else'));
    assert.deepEqual(copies, []);
    assert.equal(readFileSync(secret(), 'utf8'), SECRET);
  };
  const assertRefused = async (args: readonly string[], ...named: readonly string[]) => {
    const { code, stdout, stderr } = await run(...args);
    const output = `${args.join(' ')}\n${stdout}${stderr}`;
    assert.equal(code, args[0] === 'check' ? UNKNOWN : 2, output);
    for (const text of named) assert.ok(output.includes(text), output);
  };

  it('is refused by every command if it points outside the project, without reading or writing there', async () => {
    await backUp();
    const before = filesBelow(store());
    removeDatabase();
    plant(secret());
    for (const args of COMMANDS) await assertRefused(args, `${database} is a link`, secret());
    await assertRefused(['backup', '--project', database], `${database} is a link`, secret());
    assertNoCopyOfSecret();
    assert.deepEqual(filesBelow(store()), before);
  });

  it('is refused for the first backup of a project, without creating a store', async () => {
    removeDatabase();
    plant('../home/.ssh/id_rsa');
    await assertRefused(['backup'], `${database} is a link`, secret());
    assert.equal(existsSync(store()), false);
  });

  it('is refused if it points to a missing file outside the project, which is not created', async () => {
    await backUp();
    removeDatabase();
    plant('../home/.profile');
    for (const args of [['restore', 'latest', '--yes'], ['backup'], ['status']]) {
      await assertRefused(args, `${database} is a link`, folder.join('home', '.profile'));
    }
    assert.equal(existsSync(folder.join('home', '.profile')), false);
  });

  it('is refused if its folder is a link that points outside the project', async () => {
    await backUp();
    mkdirSync(folder.join('outside'));
    const away = folder.join('outside', 'features.db');
    writeFileSync(away, SECRET);
    symlinkSync(folder.join('outside'), join(project, '.autoforge'));
    for (const args of [['backup'], ['restore', 'latest', '--yes'], ['list']]) {
      await assertRefused(args, `${join(project, '.autoforge')} is a link`, folder.join('outside'));
    }
    removeDatabase();
    rmSync(away);
    for (const path of filesBelow(store()).filter((name) => name.endsWith('.json'))) {
      writeFileSync(path, readFileSync(path, 'utf8').replace('"features.db"', '".autoforge/features.db"'));
    }
    await assertRefused(['restore', 'latest', '--yes'], `${join(project, '.autoforge')} is a link`);
    assert.deepEqual(readdirSync(folder.join('outside')), []);
    assertNoCopyOfSecret();
  });

  it('is refused if it is circular', async () => {
    await backUp();
    removeDatabase();
    plant('features.db');
    for (const args of [['backup'], ['restore', 'latest', '--yes']]) await assertRefused(args, database);
    plant('missing/../features.db');
    for (const args of [['backup'], ['restore', 'latest', '--yes']]) await assertRefused(args, database);
    assert.ok(lstatSync(database).isSymbolicLink());
  });

  it('is backed up and restored inside the project, and stays a link', async () => {
    const real = join(project, 'data', 'backlog.db');
    mkdirSync(join(project, 'data'));
    moveDatabase(real);
    symlinkSync('data/backlog.db', database);
    await backUp();
    sqlite3(real, 'DELETE FROM features WHERE id > 100');
    const restored = await run('restore', 'latest', '--yes');
    assert.equal(restored.code, 0, restored.stderr);
    assert.ok(lstatSync(database).isSymbolicLink());
    assert.equal(countsBySqlite(real), '598|200');
    rmSync(real);
    assert.equal((await run('restore', 'latest', '--yes')).code, 0);
    assert.ok(lstatSync(database).isSymbolicLink());
    assert.equal(countsBySqlite(real), '598|200');
  });

  for (const suffix of ['-wal', '-shm', '-journal']) {
    it(`is not followed to a ${suffix} that is a link`, async () => {
      await backUp();
      const before = filesBelow(store());
      plant(secret(), database + suffix);
      for (const args of COMMANDS) await assertRefused(args, `${database}${suffix} is a link`, secret());
      // Also damaged, because then the raw files would be copied.
      writeFileSync(database, 'no database\n'.repeat(1000));
      for (const args of [['backup'], ['restore', 'latest', '--yes'], ['salvage']]) await assertRefused(args);
      removeDatabase();
      plant(secret(), database + suffix);
      for (const args of [['backup'], ['restore', 'latest', '--yes']]) await assertRefused(args);
      assertNoCopyOfSecret();
      assert.deepEqual(filesBelow(store()), before);
    });
  }

  for (const [what, place] of [
    ['a pipe', (path: string) => execFileSync('mkfifo', [path])],
    ['a folder', (path: string) => mkdirSync(path)],
    ['a link to a device', (path: string) => symlinkSync('/dev/zero', path)],
  ] as const) {
    it(`is refused if ${what} replaces it or a side file`, async () => {
      await backUp();
      rmSync(`${database}-wal`);
      place(`${database}-wal`);
      for (const args of [['backup'], ['restore', 'latest', '--yes'], ['status']]) {
        await assertRefused(args, `${database}-wal is a`);
      }
      rmSync(`${database}-wal`, { recursive: true });
      removeDatabase();
      place(database);
      for (const args of COMMANDS) await assertRefused(args, `${database} is a`);
      assert.equal(lstatSync(database).isFile(), false);
    });
  }

  it('does not affect other projects, and is listed as failed', async () => {
    const other = copyFixture('2-after-200-passing', folder.join('blog'));
    removeDatabase();
    plant(secret());
    const configuration = folder.join('home', '.config', 'feature-backups');
    mkdirSync(configuration, { recursive: true });
    writeFileSync(join(configuration, 'config.json'), JSON.stringify({ projects: [project, other] }));
    const { code, document } = await runCliJson(['backup', '--all'], cliOptions());
    assert.equal(code, 2);
    assert.match(JSON.stringify(document), /"code":"unsafe-path".*"status":"created"/);
    const status = await run('status', '--all');
    assert.match(status.stdout, /^critical\tshop\t[\s\S]*^ok\tblog\t/m);
    assert.ok(existsSync(join(other, '.feature_backups')));
    assertNoCopyOfSecret();
  });

  describe('that the user’s own configuration allows', () => {
    const real = () => folder.join('disk', 'backlog.db');
    const configure = (database: string, named = project) => {
      const path = folder.join('home', '.config', 'feature-backups');
      mkdirSync(path, { recursive: true });
      const linkedDatabases = [{ project: named, database }];
      writeFileSync(join(path, 'config.json'), JSON.stringify({ linkedDatabases }));
    };
    beforeEach(() => {
      mkdirSync(folder.join('disk'));
      moveDatabase(real());
      symlinkSync(real(), database);
    });

    it('is backed up, and restored also if missing, and stays a link', async () => {
      const { stderr } = await run('backup');
      assert.match(stderr, /"linkedDatabases" in your user configuration file/);
      configure('~/../disk/backlog.db');
      await backUp();
      const [metadata = ''] = readdirSync(store()).filter((name) => /^features_.*\.json$/.test(name));
      assert.match(readFileSync(join(store(), metadata), 'utf8'), /"original_file": "features\.db"/);
      sqlite3(real(), 'DELETE FROM features WHERE id > 100');
      assert.equal((await run('restore', 'latest', '--yes')).code, 0);
      assert.equal(countsBySqlite(real()), '598|200');
      assert.equal((await run('undo', '--yes')).code, 0);
      assert.equal(countsBySqlite(real()).split('|')[0], '100');
      for (const suffix of ['', '-wal', '-shm']) rmSync(real() + suffix, { force: true });
      assert.equal((await run('restore', 'last-good', '--yes')).code, 0);
      assert.equal(countsBySqlite(real()), '598|200');
      assert.ok(lstatSync(database).isSymbolicLink());
      for (const args of [['status'], ['list'], ['verify'], ['drill'], ['compare', 'latest']]) {
        assert.equal((await run(...args)).code, 0, args.join(' '));
      }
    });

    it('is refused if another file or project is named', async () => {
      configure(folder.join('disk', 'other.db'));
      await assertRefused(['backup'], real());
      configure(real(), folder.join('blog'));
      await assertRefused(['backup'], real());
    });

    it('is refused if only the project’s own configuration names it', async () => {
      const own = { linkedDatabases: [{ project, database: real() }] };
      writeFileSync(join(project, '.feature-backups.json'), JSON.stringify(own));
      await assertRefused(['backup'], real(), 'only in your user configuration file');
    });
  });

  it('keeps the file mode of the link’s target in a restore', async () => {
    const real = join(project, 'backlog.db');
    moveDatabase(real);
    symlinkSync('backlog.db', database);
    await backUp();
    execFileSync('chmod', ['600', real]);
    sqlite3(real, 'DELETE FROM features WHERE id > 100');
    assert.equal((await run('restore', 'latest', '--yes')).code, 0);
    assert.equal(statSync(real).mode & 0o777, 0o600);
  });
});
