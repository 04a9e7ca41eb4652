import assert from 'node:assert/strict';
import nodeFileSystem, {
  chmodSync,
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
import { inspect } from 'node:util';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { planRestore } from '../../../core/restore/planRestore.js';
import { restoreBackup } from '../../../core/restore/restoreBackup.js';
import { realPorts } from '../../../core/system/ports.js';
import { findProject } from '../../../core/project/findProject.js';
import { makeFeatureDatabase, readDatabase, runPython } from '../../support/pythonSqlite.js';
import { runRestore, type RestoreResult, type RestoreRequest } from '../../support/restoreDriver.js';
import { withNodeSqlite } from '../../support/withoutNodeSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';

const LIVE = join('.autoforge', 'features.db');

describe('restore', () => {
  const folder = useTemporaryFolder();

  it('reports its plan and changes nothing in a dry run', async () => {
    await makeProject();
    const before = listFiles();
    const { outcome } = succeed(await run({ dryRun: true }));
    assert.equal(outcome.status, 'planned');
    assert.equal(outcome.plan.live, 'sound');
    assert.equal(outcome.plan.method, 'swap');
    assert.deepEqual(outcome.plan.liveCounts, { total: 50, passing: 20, inProgress: 0 });
    assert.deepEqual(outcome.plan.backupCounts, { total: 40, passing: 10, inProgress: 0 });
    const { comparison } = outcome.plan;
    assert.ok(comparison);
    assert.equal(comparison.removed.length, 10);
    assert.equal(comparison.passingToFailing, 10);
    assert.equal(comparison.unchangedCount, 30);
    assert.deepEqual(listFiles(), before);
  });

  it('does nothing if the live database already equals the backup', async () => {
    await makeProject();
    succeed(await run());
    assert.equal(succeed(await run()).outcome.status, 'unchanged');
  });

  it('can be undone, and the undo can be undone', async () => {
    const backup = await makeProject();
    const before = readDatabase(folder.join(LIVE)).digest;
    succeed(await run());
    for (const expected of [before, backup, before]) {
      succeed(await run({ backup: 'undo' }));
      assert.equal(readDatabase(folder.join(LIVE)).digest, expected);
    }
  });

  it('cannot be undone if none was made', async () => {
    await makeProject();
    assert.equal(fail(await run({ backup: 'undo' })).code, 'backup-not-found');
  });

  it('is refused while an agent runs, unless forced, but not for a stale lock', async () => {
    await makeProject();
    const lock = folder.join('.autoforge', '.agent.lock');
    writeFileSync(lock, String(process.pid));
    assert.equal(fail(await run()).code, 'agent-running');
    assert.equal(succeed(await run({ force: true })).outcome.status, 'restored');
    writeFileSync(lock, '4194303:1.0');
    const { outcome } = succeed(await run({ backup: 'undo' }));
    assert.deepEqual(outcome.plan.staleLocks, [lock]);
  });

  it('replaces a database whose check does not end', async function () {
    // Each check ends after 20 seconds.
    this.timeout(150_000);
    const backup = await makeProject();
    runPython(
      `import sqlite3, sys
c = sqlite3.connect(sys.argv[1], isolation_level=None)
c.execute('CREATE INDEX slow ON features (id) WHERE id < 0')
c.execute('PRAGMA writable_schema=ON')
c.execute("UPDATE sqlite_master SET sql = 'CREATE INDEX slow ON features (id) WHERE length(replace(hex(zeroblob(30000000 + id)), ''0'', ''ab'')) < 0' WHERE name = 'slow'")`,
      [folder.join(LIVE)],
    );
    const { outcome } = succeed(await run());
    assert.equal(outcome.plan.live, 'damaged');
    assert.match(outcome.plan.problems.join(), /time|long/);
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
  });

  it('refuses a damaged backup, and leaves the live database unchanged', async () => {
    await makeProject();
    const before = readFileSync(folder.join(LIVE));
    const store = folder.join('.feature_backups');
    const name = readdirSync(store).find((file) => file.endsWith('.db')) ?? '';
    const bytes = readFileSync(join(store, name));
    chmodSync(join(store, name), 0o600);
    for (const damaged of [bytes.subarray(0, 8192), Buffer.alloc(bytes.length, 'x'), Buffer.alloc(0)]) {
      writeFileSync(join(store, name), damaged);
      assert.equal(fail(await run()).code, 'backup-damaged');
    }
    assert.deepEqual(readFileSync(folder.join(LIVE)), before);
  });

  it('refuses a backup whose content differs from its checksum, even if SQLite finds no problem', async () => {
    await makeProject();
    const before = readFileSync(folder.join(LIVE));
    const store = folder.join('.feature_backups');
    const path = join(store, readdirSync(store).find((file) => file.endsWith('.db')) ?? '');
    const bytes = readFileSync(path);
    bytes.write('THING', bytes.indexOf('thing number 3.'));
    chmodSync(path, 0o600);
    writeFileSync(path, bytes);
    assert.equal(readDatabase(path).integrity, 'ok');
    for (const request of [{}, { features: [3] }, { salvage: true }, { dryRun: true }]) {
      const { code, message } = fail(await run(request));
      assert.equal(code, 'backup-damaged', inspect(request));
      assert.match(message, /content has changed since it was made: SHA-256/);
    }
    assert.deepEqual(readFileSync(folder.join(LIVE)), before);
  });

  it('restores a deleted database, including its folder', async () => {
    const backup = await makeProject();
    rmSync(folder.join('.autoforge'), { recursive: true });
    const { outcome } = succeed(await run());
    assert.ok(outcome.status === 'restored' && outcome.emergency === undefined && outcome.plan.live === 'missing');
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
  });

  it('removes an orphaned -wal, which would change the restored database', async () => {
    const backup = await makeProject('wal');
    rmSync(folder.join(LIVE));
    assert.ok(statSync(folder.join(`${LIVE}-wal`)).size > 0);
    const { outcome } = succeed(await run());
    assert.ok(outcome.status === 'restored' && outcome.emergency);
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
  });

  it('replaces the target of a link, not the link, and preserves the mode', async () => {
    const backup = await makeProject('wal');
    mkdirSync(folder.join('elsewhere'));
    for (const suffix of ['', '-wal', '-shm']) {
      renameSync(folder.join(LIVE + suffix), folder.join('elsewhere', `data.db${suffix}`));
    }
    symlinkSync(folder.join('elsewhere', 'data.db'), folder.join(LIVE));
    chmodSync(folder.join('elsewhere', 'data.db'), 0o640);
    succeed(await run());
    assert.ok(lstatSync(folder.join(LIVE)).isSymbolicLink());
    assert.equal(statSync(folder.join('elsewhere', 'data.db')).mode & 0o777, 0o640);
    assert.equal(readDatabase(folder.join('elsewhere', 'data.db')).digest, backup);
  });

  it('works in paths with spaces, quotes, newlines and non-Latin letters', async () => {
    const root = folder.join(`it's "a"\nproject ünï 数 %20 $HOME`);
    const backup = await makeProject('wal', root);
    succeed(await run({ root }));
    assert.equal(readDatabase(join(root, LIVE)).digest, backup);
    succeed(await run({ root, backup: 'undo' }));
    assert.equal(readDatabase(join(root, LIVE)).features, 50);
  });

  it('restores backups of the original Python tool, even a copy in WAL mode without metadata', async () => {
    makeFeatureDatabase(folder.join(LIVE), { features: 40, passing: 10 });
    const { digest } = readDatabase(folder.join(LIVE));
    mkdirSync(folder.join('.feature_backups'));
    const copy = readFileSync(folder.join(LIVE));
    assert.equal(copy[18], 2);
    writeFileSync(folder.join('.feature_backups', 'features_40_20250101-120000_manual.db'), copy);
    rmSync(folder.join(LIVE));
    makeFeatureDatabase(folder.join(LIVE), { features: 50, passing: 20, leave: 'wal' });
    succeed(await run({ backup: 'features_40' }));
    assert.equal(readDatabase(folder.join(LIVE)).digest, digest);
  });

  it('saves a damaged database, and an undo restores exactly that', async () => {
    const backup = await makeProject('wal');
    writeFileSync(folder.join(LIVE), Buffer.alloc(9000, 'no database '));
    rmSync(folder.join(`${LIVE}-wal`));
    const { outcome } = succeed(await run());
    assert.equal(outcome.plan.live, 'unreadable');
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
    succeed(await run({ backup: 'undo' }));
    assert.deepEqual(readFileSync(folder.join(LIVE)), Buffer.alloc(9000, 'no database '));
    succeed(await run({ backup: 'undo' }));
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
  });

  it('does not treat a damaged database as unchanged, even if the emergency backup equals it', async () => {
    await makeProject();
    const bytes = readFileSync(folder.join(LIVE));
    writeFileSync(folder.join(LIVE), bytes.fill(0xff, bytes.length - 4000));
    const project = await findProject(folder.path, realPorts());
    const made = await createBackup(project, { source: 'cli', reason: 'manual' }, realPorts());
    assert.ok(made.status === 'damaged');
    const plan = await planRestore(project, made.emergency, realPorts());
    assert.deepEqual([plan.live, plan.isUnchanged], ['damaged', false]);
  });

  it('restores the files of a damaged database without SQLite, even if Node has it', async () => {
    await makeProject('wal');
    writeFileSync(folder.join(LIVE), Buffer.alloc(9000, 'no database '));
    rmSync(folder.join(`${LIVE}-wal`));
    succeed(await run());
    const unused = (): never => assert.fail('SQLite is not needed');
    const sqlite = { DatabaseSync: unused, backup: unused };
    const undo = { backup: 'undo', withoutNodeSqlite: false };
    const { outcome } = succeed(await withNodeSqlite(sqlite, async () => await run(undo)));
    assert.deepEqual([outcome.plan.method, outcome.plan.isUnchanged], ['swap', false]);
    assert.deepEqual(readFileSync(folder.join(LIVE)), Buffer.alloc(9000, 'no database '));
  });

  it('restores only the requested features, and leaves every other row and table unchanged', async () => {
    await makeProject('wal');
    runPython(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('DELETE FROM features WHERE id IN (5, 6)'); c.commit()",
      [folder.join(LIVE)],
    );
    const planned = succeed(await run({ features: [5, 15], dryRun: true })).outcome.plan.comparison;
    assert.deepEqual(
      [planned?.added.map((feature) => feature.id), planned?.changed.map((change) => change.id), planned?.removed],
      [[5], [15], []],
    );
    succeed(await run({ features: [5, 15] }));
    const ids = runPython(
      "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(c.execute('SELECT group_concat(id), sum(passes), (SELECT count(*) FROM schedules) FROM features WHERE id IN (5, 6, 15, 16, 50)').fetchone())",
      [folder.join(LIVE)],
    );
    assert.equal(ids.trim(), "('5,15,16,50', 2, 1)");
    assert.equal(succeed(await run({ features: [5, 15] })).outcome.status, 'unchanged');
  });

  it('refuses features that the backup does not have, and names them', async () => {
    await makeProject();
    const error = fail(await run({ features: [3, 50, 99] }));
    assert.equal(error.code, 'usage');
    assert.match(error.message, /no feature 50, 99/);
    const none = fail(await run({ features: [] }));
    assert.equal(none.code, 'usage');
    assert.match(none.message, /No feature ids were given/);
  });

  it('merges the readable features of a damaged database into the backup, and reports which', async () => {
    await makeProject('wal');
    runPython("import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute('PRAGMA journal_mode=DELETE')", [
      folder.join(LIVE),
    ]);
    const bytes = readFileSync(folder.join(LIVE));
    writeFileSync(folder.join(LIVE), bytes.fill(0, 0, 100));
    const { outcome } = succeed(await run({ salvage: true }));
    const salvage = outcome.plan.salvage;
    assert.ok(salvage);
    assert.ok(salvage.merged.length > 0, inspect(salvage));
    const content = readDatabase(folder.join(LIVE));
    assert.equal(content.integrity, 'ok');
    assert.equal(content.features, 40 + salvage.gained.added.length);
    assert.ok(content.features > 40);
  });

  it('leaves out unreliable features of a damaged database, and reports which', async () => {
    await makeProject();
    const bytes = readFileSync(folder.join(LIVE));
    const pageOfThird = Math.floor(bytes.indexOf('thing number 3.') / 4096);
    bytes.fill(0xff, pageOfThird * 4096, (pageOfThird + 1) * 4096);
    bytes.fill(0xff, bytes.indexOf('thing number 45.'), bytes.indexOf('thing number 45.') + 5);
    writeFileSync(folder.join(LIVE), bytes);
    const { salvage } = succeed(await run({ salvage: true })).outcome.plan;
    assert.deepEqual(
      salvage?.leftOut.map(({ feature }) => feature.id),
      [45],
    );
    assert.deepEqual(
      salvage.merged.map(({ feature }) => feature.id).filter((id) => id > 40),
      [41, 42, 43, 44, 46, 47, 48, 49, 50],
    );
    assert.equal(readDatabase(folder.join(LIVE)).features, 49);
  });

  it('leaves no files beside the live database', async () => {
    await makeProject('wal');
    succeed(await run());
    assert.deepEqual(readdirSync(folder.join('.autoforge')), ['features.db']);
  });

  it('writes no file that others can read beside a private database', async () => {
    await makeProject();
    chmodSync(folder.join(LIVE), 0o600);
    const modes: unknown[] = [];
    const openSync = new Proxy(nodeFileSystem.openSync, {
      apply: (target, _this, args: Parameters<typeof nodeFileSystem.openSync>) => {
        if (String(args[0]).endsWith('.restore-staged') && args[1] === 'wx+') modes.push(args[2]);
        return target(...args);
      },
    });
    const ports = { ...realPorts(), files: { ...nodeFileSystem, openSync } };
    const project = await findProject(folder.path, ports);
    const [backup] = readCatalog(project, ports).backups;
    assert.ok(backup);
    assert.equal((await restoreBackup(project, backup, {}, ports)).status, 'restored');
    assert.ok(modes.length > 0);
    assert.deepEqual(new Set(modes), new Set([0o600]));
    assert.equal(statSync(folder.join(LIVE)).mode & 0o777, 0o600);
  });

  it('ignores links and folders with the names of leftovers', async () => {
    const backup = await makeProject();
    writeFileSync(folder.join('secret'), 'mine');
    const { ino, size, mtimeNs } = statSync(folder.join(LIVE), { bigint: true });
    const aside = folder.join('.autoforge', `.features.db-wal.${ino}-${size}-${mtimeNs}.restore-aside`);
    const staged = folder.join('.autoforge', '.features.db.0123456789abcdef.restore-staged');
    symlinkSync(folder.join('secret'), aside);
    mkdirSync(staged);
    succeed(await run());
    assert.equal(readDatabase(folder.join(LIVE)).digest, backup);
    assert.ok(lstatSync(aside).isSymbolicLink());
    assert.ok(lstatSync(staged).isDirectory());
    assert.equal(readFileSync(folder.join('secret'), 'utf8'), 'mine');
  });

  /** A backup of 40 features, 10 passing; then a live database of 50, 20 passing. */
  async function makeProject(leave: 'clean' | 'wal' = 'clean', root = folder.path): Promise<string> {
    const live = join(root, LIVE);
    makeFeatureDatabase(live, { features: 40, passing: 10 });
    const { digest } = readDatabase(live);
    await createBackup(await findProject(root, realPorts()), { source: 'cli', reason: 'manual' }, realPorts());
    rmSync(live);
    makeFeatureDatabase(live, { features: 50, passing: 20, leave });
    return digest;
  }

  async function run(request: Partial<RestoreRequest> = {}): Promise<RestoreResult> {
    return await runRestore({ root: folder.path, backup: 'latest', withoutNodeSqlite: true, ...request });
  }

  function listFiles(): string[] {
    const names = readdirSync(folder.path, { recursive: true, encoding: 'utf8' }).sort();
    return names.map((name) => `${name} ${String(statSync(folder.join(name)).mtimeMs)}`);
  }
});

function succeed(result: RestoreResult): Extract<RestoreResult, { outcome: unknown }> {
  assert.ok('outcome' in result, inspect(result));
  return result;
}

function fail(result: RestoreResult): Extract<RestoreResult, { error: unknown }>['error'] {
  assert.ok('error' in result, inspect(result));
  return result.error;
}
