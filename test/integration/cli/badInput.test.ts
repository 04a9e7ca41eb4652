import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { countsBySqlite, copyFixture, sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { buildCli, runCli, runCliJson } from '../../support/runCli.js';
import { copyDatabaseFiles } from '../../support/sqliteOracle.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { useTinyDisk } from '../../support/tinyDisk.js';

describe('the command line with a bad live database', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  let project = '';
  let database = '';
  beforeEach(async () => {
    project = copyFixture('2-after-200-passing', folder.join('shop'));
    database = join(project, 'features.db');
    sqlite3(database, 'PRAGMA wal_checkpoint(TRUNCATE)');
    assert.equal((await runCli(['backup', project])).code, 0);
  });

  const DAMAGES: Readonly<Record<string, (path: string) => void>> = {
    'a zero-byte file': (path) => writeFileSync(path, ''),
    'a text file': (path) => writeFileSync(path, 'id,name\n1,Log in\n'.repeat(1000)),
    'noise, as of an encrypted one': (path) => writeFileSync(path, randomBytes(438_272)),
    'a wrong page size in the header': (path) => change(path, (bytes) => bytes.writeUInt16BE(8192, 16)),
    'an impossible page size in the header': (path) => change(path, (bytes) => bytes.writeUInt16BE(1000, 16)),
    'noise over the first pages': (path) => change(path, (bytes) => bytes.fill(0xa5, 100, 40_000)),
    'no table of features': (path) => sqlite3(path, 'DROP TABLE features'),
    'a table of features of another shape': (path) =>
      sqlite3(path, 'DROP TABLE features; CREATE TABLE features (title TEXT, done INT)'),
  };
  for (const [what, damage] of Object.entries(DAMAGES)) {
    it(`${what}: exits with 3, names and saves the file, and restores the last good backup`, async () => {
      damage(database);
      const before = existsSync(database) ? readFileSync(database) : undefined;
      const { code, stderr } = await runCli(['backup', project]);
      assert.equal(code, 3, stderr);
      assert.ok(stderr.includes(database), stderr);
      assert.deepEqual(readFileSync(database), before);
      assert.equal((await runCli(['status', project])).code, 3);
      assert.equal((await runCli(['verify', project, 'last-good'])).code, 0);
      const restored = await runCli(['restore', project, 'last-good', '--yes']);
      assert.equal(restored.code, 0, restored.stderr);
      assert.equal(countsBySqlite(database), '598|200');
    });
  }

  it('truncated: exits with 3, and the previous backup stays the last good one', async () => {
    const intact = readFileSync(database);
    for (const share of [0.0001, 0.01, 0.3, 0.5, 0.77, 0.999]) {
      writeFileSync(database, intact.subarray(0, Math.floor(intact.length * share)));
      const { code, stderr } = await runCli(['backup', project]);
      assert.equal(code, 3, `${String(share)}: ${stderr}`);
    }
    const { document } = await runCliJson(['status', project]);
    assert.match(JSON.stringify(document.lastGood), /features_598_/);
  });

  it('300 sparse megabytes longer than its header states: backs up the size in the header', async () => {
    sqlite3(database, 'PRAGMA journal_mode=DELETE; UPDATE features SET passes = 0 WHERE id = 1');
    truncateSync(database, 300 * 2 ** 20);
    const { code, stderr, document } = await runCliJson(['backup', project, '--reason', 'long']);
    assert.deepEqual([code, document.status], [0, 'created'], stderr);
    const [name = ''] = backupsIn(project).filter((each) => each.includes('_long.'));
    assert.equal(countsBySqlite(join(project, '.feature_backups', name)), '598|199');
  });

  it('two sparse gigabytes: exits with 1 at once, and a restore saves them with their holes', async () => {
    truncateSync(database, 2 ** 31);
    const { code, stderr } = await runCli(['backup', project]);
    assert.equal(code, 1);
    assert.match(stderr, /2147483648 bytes/);
    assert.ok(stderr.includes(database), stderr);
    assert.equal((await runCli(['status', project])).code, 1);
    assert.equal((await runCli(['restore', project, 'last-good', '--yes'])).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
    const [emergency = ''] = readdirSync(join(project, '.feature_backups')).filter((name) =>
      /emergency.*db$/.test(name),
    );
    const { size, blocks } = statSync(join(project, '.feature_backups', emergency));
    assert.equal(size, 2 ** 31);
    assert.ok(blocks * 512 < 2 ** 26, `it takes ${String(blocks)} blocks`);
  });

  it('missing: exits with 4, and can be restored', async () => {
    rmSync(database);
    const { code, stderr } = await runCli(['backup', project]);
    assert.equal(code, 4);
    assert.ok(stderr.includes(database), stderr);
    assert.equal((await runCli(['restore', project, 'latest', '--yes'])).code, 0);
    assert.equal(countsBySqlite(database), '598|200');
  });
});

describe('the command line with a leftover log or journal', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  before(buildCli);

  const LOGS: Readonly<Record<string, (path: string) => void>> = {
    'a flipped bit in the middle': (path) =>
      change(path, (bytes) => bytes.writeUInt8(bytes.readUInt8(bytes.length >> 1) ^ 4, bytes.length >> 1)),
    'a torn tail': (path) => truncateSync(path, Math.floor(readFileSync(path).length * 0.63)),
    'foreign salts': (path) => change(path, (bytes) => bytes.fill(7, 32 + 8, 32 + 16)),
    'noise instead of a header': (path) => change(path, (bytes) => bytes.fill(0xee, 0, 32)),
  };
  for (const [what, damage] of Object.entries(LOGS)) {
    it(`a write-ahead log with ${what}: backs up what SQLite itself recovers`, async () => {
      const project = copyFixture('2-after-200-passing', folder.join('shop'));
      const database = join(project, 'features.db');
      damage(`${database}-wal`);
      copyDatabaseFiles(database, folder.join('recovered.db'));
      const { code, stderr } = await runCli(['backup', project]);
      assert.equal(integrityOf(folder.join('recovered.db')), 'ok');
      assert.equal(code, 0, stderr);
      const [name = ''] = backupsIn(project);
      const copy = join(project, '.feature_backups', name);
      assert.equal(countsBySqlite(copy), countsBySqlite(folder.join('recovered.db')));
    });
  }

  it('a hot journal: backs up committed data, and keeps the journal for SQLite', async () => {
    const database = folder.join('shop', 'features.db');
    makeFeatureDatabase(database, { features: 300, passing: 100, journalMode: 'delete', leave: 'hot-journal' });
    const { code, stderr } = await runCli(['backup', folder.join('shop')]);
    assert.equal(code, 0, stderr);
    assert.ok(existsSync(`${database}-journal`));
    const [name = ''] = backupsIn(folder.join('shop'));
    assert.equal(countsBySqlite(join(folder.join('shop'), '.feature_backups', name)), countsBySqlite(database));
  });
});

describe('the command line with a bad store', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const disk = useTinyDisk();
  before(buildCli);
  afterEach(() => {
    disk.unmountAll();
  });

  let project = '';
  let store = '';
  beforeEach(() => {
    project = copyFixture('2-after-200-passing', folder.join('shop'));
    store = join(project, '.feature_backups');
  });

  it('a file instead of a folder: exits with 2 and keeps the file', async () => {
    writeFileSync(store, 'mine');
    const { code, stderr } = await runCli(['backup', project]);
    assert.equal(code, 2, stderr);
    assert.ok(stderr.includes(store), stderr);
    assert.equal(readFileSync(store, 'utf8'), 'mine');
  });

  it('a link that points outside the project: exits with 2 and writes nothing there', async () => {
    mkdirSync(folder.join('elsewhere'));
    symlinkSync(folder.join('elsewhere'), store);
    const { code, stderr } = await runCli(['backup', project]);
    assert.equal(code, 2, stderr);
    assert.deepEqual(readdirSync(folder.join('elsewhere')), []);
  });

  it('a full disk: exits with 1, leaves no partial file, and works once there is space', async function () {
    const obstacle = disk.mount(store, 'size=200k,mode=700');
    if (obstacle !== undefined) this.skip();
    const { code, stderr } = await runCli(['backup', project]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /no space left[\s\S]*Free some space/i);
    const { code: jsonCode, document } = await runCliJson(['backup', project]);
    assert.deepEqual([jsonCode, Reflect.get(document.error as object, 'code')], [1, 'disk-full']);
    assert.deepEqual(
      readdirSync(store).filter((name) => !['.gitignore', '.jobs.json'].includes(name)),
      [],
    );
    disk.unmountAll();
    assert.equal((await runCli(['backup', project])).code, 0);
  });

  it('metadata that is not JSON, or contains paths: lists, verifies and restores the backup', async () => {
    assert.equal((await runCli(['backup', project])).code, 0);
    const [name = ''] = backupsIn(project);
    const metadataPath = join(store, name.replace('.db', '.json'));
    const made = JSON.parse(readFileSync(metadataPath, 'utf8')) as Record<string, unknown>;
    const outside = folder.join('outside.db');
    writeFileSync(outside, 'not yours');
    const claims = {
      original_file: '../outside.db',
      path: outside,
      id: '../../outside',
      side_files: [{ suffix: outside }],
    };
    for (const text of ['{"timestamp": ', '[]', 'null', JSON.stringify({ ...made, ...claims })]) {
      writeFileSync(metadataPath, text);
      const { code, stdout } = await runCli(['list', project]);
      assert.equal(code, 0, text);
      assert.match(stdout, new RegExp(`^${name.replace('.db', '')}\t`, 'm'), text);
      sqlite3(join(project, 'features.db'), 'DELETE FROM features WHERE id > 100');
      const restored = await runCli(['restore', project, name, '--yes']);
      assert.equal(restored.code, 0, `${text}: ${restored.stderr}`);
      assert.equal(countsBySqlite(join(project, 'features.db')), '598|200');
      assert.equal((await runCli(['verify', project, name])).code, 0);
      assert.equal(readFileSync(outside, 'utf8'), 'not yours');
    }
  });
});

function change(path: string, edit: (bytes: Buffer) => unknown): void {
  const bytes = readFileSync(path);
  edit(bytes);
  writeFileSync(path, bytes);
}

function backupsIn(project: string): readonly string[] {
  return readdirSync(join(project, '.feature_backups'))
    .filter((name) => /^features_\d.*\.db$/.test(name))
    .sort();
}

function integrityOf(database: string): string {
  try {
    return sqlite3(database, 'PRAGMA integrity_check; SELECT 1 FROM features LIMIT 1').replace(/\n1$/, '');
  } catch (error) {
    return String(error);
  }
}
