import assert from 'node:assert/strict';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { cleanUp } from '../../../core/retention/cleanUp.js';
import { createBackup, type BackUpOutcome } from '../../../core/backup/createBackup.js';
import { deleteBackup } from '../../../core/store/deleteBackup.js';
import { pin, unpin } from '../../../core/store/pin.js';
import { projectSummary } from '../../../core/health/projectSummary.js';
import { saveEmergency } from '../../../core/backup/saveEmergency.js';
import type { Backup } from '../../../core/store/backup.js';
import { verifyBackup } from '../../../core/verify/verifyBackup.js';
import { BackupError, type BackupErrorCode } from '../../../core/system/errors.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { interferingFiles } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, readDatabase, runPython } from '../../support/pythonSqlite.js';
import { assertNoLeftovers, StoreProof } from '../../support/storeProof.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';
import { useTinyDisk } from '../../support/tinyDisk.js';

const FIXTURES = join(import.meta.dirname, '../../fixtures/autoforge-live');
const TRIGGER = { source: 'mcp', reason: 'before_mark_passing', tool: 'feature_mark_passing' } as const;

describe('backup', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  const project = (): Project => testProject(folder.path, { keepLast: 3, keepDaily: 0, keepWeekly: 0 });
  const backUp = async (withPorts: Ports = ports): Promise<BackUpOutcome> =>
    await createBackup(project(), TRIGGER, withPorts);
  const created = async (withPorts: Ports = ports): Promise<Backup> => {
    const outcome = await backUp(withPorts);
    assert.ok(outcome.status === 'created', JSON.stringify(outcome));
    return outcome.backup;
  };
  const damaged = async (): Promise<Backup> => {
    const outcome = await backUp();
    assert.ok(outcome.status === 'damaged' && outcome.problems.length > 0, JSON.stringify(outcome));
    return outcome.emergency;
  };
  const catalog = () => readCatalog(project(), ports);
  const ids = (): string[] => catalog().backups.map(({ id }) => id);
  const names = (): string[] => readdirSync(project().storePath);
  const live = (): string => project().databasePath;
  const database = (features: number, passing = 0): void => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(live() + suffix, { force: true });
    makeFeatureDatabase(live(), { features, passing, journalMode: 'delete' });
  };
  const at = (...time: [number, number, number, number, number, number]): Ports => ({
    ...ports,
    now: () => new Date(...time),
  });

  describe("of AutoForge's own databases", () => {
    for (const [fixture, total, passing] of [
      ['0-created', 0, 0],
      ['1-after-bulk-create', 598, 0],
      ['2-after-200-passing', 598, 200],
    ] as const) {
      it(`contains all ${total} features of ${fixture}, ${passing} of them passing`, async () => {
        cpSync(join(FIXTURES, fixture), folder.path, { recursive: true });
        const backup = await created();
        assert.match(backup.id, new RegExp(`^features_${total}_\\d{8}-\\d{6}_before_mark_passing$`));
        const { integrity, ...counts } = readDatabase(backup.path);
        assert.equal(integrity, 'ok');
        assert.deepEqual([counts.features, counts.passing], [total, passing]);
        assert.deepEqual(backup.counts, { total, passing, inProgress: 0 });
      });
    }
  });

  it('is a private file in a private folder that git ignores, and leaves nothing else', async () => {
    database(3);
    const { path, id } = await created();
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.equal(statSync(project().storePath).mode & 0o777, 0o700);
    assert.deepEqual(names().sort(), ['.gitignore', `${id}.db`, `${id}.json`]);
    assert.equal(readFileSync(join(project().storePath, '.gitignore'), 'utf8'), '*\n');
    assert.deepEqual([...readFileSync(path).subarray(18, 20)], [1, 1]);
  });

  it('does not write .gitignore again after the user deleted it', async () => {
    database(3);
    await created();
    rmSync(join(project().storePath, '.gitignore'));
    database(4);
    await created();
    assert.ok(!names().includes('.gitignore'));
  });

  it('of an unchanged state only adds an event to the newest backup, even if the file was touched', async () => {
    database(3);
    const first = await created();
    runPython('import os, sys; os.utime(sys.argv[1], (1700000000, 1700000000))', [live()]);
    for (const count of [2, 3]) {
      const outcome = await backUp();
      assert.ok(outcome.status === 'unchanged');
      assert.equal(outcome.backup.id, first.id);
      assert.equal(catalog().newest?.metadata?.events.length, count);
    }
  });

  it('of an old, unchanged state takes no snapshot', async () => {
    database(3);
    runPython('import os, sys; os.utime(sys.argv[1], (1700000000, 1700000000))', [live()]);
    await created();
    let readBytes = 0;
    const readSync = ((...args: [number, Uint8Array, number, number, number | null]) => {
      const got = ports.files.readSync(...args);
      readBytes += got;
      return got;
    }) as Ports['files']['readSync'];
    assert.equal((await backUp({ ...ports, files: { ...ports.files, readSync } })).status, 'unchanged');
    assert.ok(readBytes < statSync(live()).size, `${readBytes} bytes read`);
  });

  it('of an unchanged state reads only the newest backup’s metadata', async () => {
    for (const passing of [0, 1, 2]) {
      database(3, passing);
      await created(at(2026, 0, 25, 14, 46, passing));
    }
    // Makes sure that nothing is cached.
    for (const name of names()) utimesSync(join(project().storePath, name), 1, 1);
    const opened = new Set<string>();
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path.startsWith(project().storePath) && path.endsWith('.json')) opened.add(path);
    });
    const outcome = await backUp({ ...ports, files });
    assert.ok(outcome.status === 'unchanged');
    assert.deepEqual([...opened], [outcome.backup.path.replace(/db$/, 'json')]);
  });

  it('of an unchanged state adds the event to the last backup made, even if the clock was set back', async () => {
    database(3);
    const first = await created(at(2026, 0, 25, 14, 46, 0));
    database(3, 1);
    const last = await created(at(2025, 0, 25, 14, 46, 0));
    const outcome = await backUp();
    assert.ok(outcome.status === 'unchanged');
    assert.equal(outcome.backup.id, last.id);
    assert.equal(catalog().backups.find(({ id }) => id === first.id)?.metadata?.events.length, 1);
  });

  it('is made again if the newest was truncated', async () => {
    database(3);
    const { path } = await created();
    writeFileSync(path, readFileSync(path).subarray(0, 4096));
    await created();
  });

  it('keeps at most 200 events, and counts the others', async () => {
    database(3);
    const { path } = await created();
    const jsonPath = path.replace(/db$/, 'json');
    const metadata = JSON.parse(readFileSync(jsonPath, 'utf8')) as { events: unknown[] };
    metadata.events = Array.from({ length: 205 }, () => metadata.events[0]);
    writeFileSync(jsonPath, JSON.stringify(metadata));
    await backUp();
    const { events, foldedEventCount } = catalog().newest?.metadata ?? {};
    assert.deepEqual([events?.length, foldedEventCount], [200, 6]);
  });

  it('gets a number if several are made in one second', async () => {
    const now = at(2026, 0, 25, 14, 46, 0);
    const ids: string[] = [];
    for (const features of [3, 3, 3]) {
      database(features, ids.length);
      ids.push((await created(now)).id);
    }
    const stem = 'features_3_20260125-144600';
    const reason = 'before_mark_passing';
    assert.deepEqual(ids, [`${stem}_${reason}`, `${stem}-2_${reason}`, `${stem}-3_${reason}`]);
    assert.equal(catalog().newest?.id, ids[2]);
  });

  it('never reuses the name of a compressed backup, even if its metadata is missing', async () => {
    const now = at(2026, 0, 25, 14, 46, 0);
    database(3);
    const first = await created(now);
    writeFileSync(`${first.path}.gz`, gzipSync(readFileSync(first.path)));
    rmSync(first.path);
    rmSync(first.path.replace(/db$/, 'json'));
    database(3, 1);
    const second = await created(now);
    assert.equal(second.id, 'features_3_20260125-144600-2_before_mark_passing');
    assert.deepEqual(ids().sort(), [second.id, first.id].sort());
  });

  it('counts as the newest, and is kept, even if the clock was set back', async () => {
    database(3);
    await created(at(2026, 0, 25, 14, 46, 0));
    for (const passing of [1, 2, 3, 4]) {
      database(4, passing);
      const backup = await created(at(2025, 0, 25, 14, 0, passing));
      assert.equal(catalog().newest?.id, backup.id);
    }
    assert.deepEqual(
      catalog().backups.map(({ counts }) => counts.passing),
      [4, 3, 2],
    );
  });

  it('never overwrites a file with its name', async () => {
    database(3);
    const now = at(2026, 0, 25, 14, 46, 0);
    const taken = join(project().storePath, 'features_3_20260125-144600_before_mark_passing.db');
    mkdirSync(taken, { recursive: true });
    assert.match((await created(now)).id, /144600-2_/);
  });

  it('prunes to the configured number of distinct states', async () => {
    for (const passing of [0, 1, 2, 3, 4]) {
      database(8, passing);
      await created();
    }
    assert.deepEqual(
      catalog().backups.map(({ counts }) => counts.passing),
      [4, 3, 2],
    );
    assertNoLeftovers(project());
  });

  it('prunes only when more than a quarter too many exist, and then all of them at once', async () => {
    const policy = { keepLast: 8, keepDaily: 0, keepWeekly: 0 };
    const pruned: number[] = [];
    const listed: number[] = [];
    for (let passing = 0; passing < 14; passing += 1) {
      database(20, passing);
      const outcome = await createBackup(testProject(folder.path, policy), TRIGGER, ports);
      assert.ok(outcome.status === 'created');
      pruned.push(outcome.pruned.length);
      listed.push(catalog().backups.length);
    }
    assert.deepEqual(pruned, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 3]);
    assert.deepEqual(listed, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 8, 9, 10, 8]);
    database(20, 14);
    await createBackup(testProject(folder.path, policy), TRIGGER, ports);
    assert.equal((await cleanUp(testProject(folder.path, policy), ports)).removed.length, 1);
  });

  it('succeeds if pruning fails, and reports that', async () => {
    for (const passing of [0, 1, 2]) {
      database(8, passing);
      await created();
    }
    database(8, 3);
    const failFor = (path: unknown): void => {
      if (/features_8_.*\.db$/.test(String(path))) throw Object.assign(new Error('EIO: injected'), { code: 'EIO' });
    };
    const unlinkSync: Ports['files']['unlinkSync'] = (path) => {
      failFor(path);
      ports.files.unlinkSync(path);
    };
    const renameSync: Ports['files']['renameSync'] = (from, to) => {
      failFor(from);
      ports.files.renameSync(from, to);
    };
    const outcome = await backUp({ ...ports, files: { ...ports.files, unlinkSync, renameSync } });
    assert.ok(outcome.status === 'created' && outcome.pruneProblem?.code === 'io');
    assert.equal(catalog().backups.length, 4);
  });

  describe('of a database that suddenly has fewer than half its features', () => {
    it('is made, but nothing is pruned by it or later ones until the features are restored', async () => {
      database(598);
      await created();
      for (const passing of [0, 1, 2, 3, 4]) {
        database(10, passing);
        const outcome = await backUp();
        assert.ok(outcome.status === 'created' && outcome.pruningPaused === 'database-shrunk');
      }
      assert.equal(catalog().backups.length, 6);
      assert.deepEqual((await cleanUp(project(), ports)).removed, []);
      assert.equal((await projectSummary(project(), ports)).live?.condition, 'shrunk');
      database(598, 5);
      await created();
      assert.equal(catalog().backups.length, 3);
    });
  });

  describe('of a damaged database', () => {
    const flip = (): void => {
      const bytes = readFileSync(live());
      bytes.fill(0xa5, 4096, 4096 + 400);
      writeFileSync(live(), bytes);
    };

    it('is an emergency backup, one for each distinct state, and nothing is pruned', async () => {
      database(30);
      const good = await created();
      flip();
      const first = await damaged();
      assert.deepEqual([first.kind, first.content, first.metadata?.verified?.ok], ['emergency', 'database', false]);
      assert.equal((await damaged()).id, first.id);
      assert.equal(catalog().backups.filter(({ kind }) => kind === 'emergency').length, 1);
      assert.equal(catalog().newest?.id, good.id);
      assert.deepEqual(
        (await cleanUp(project(), ports)).plan.keep.map(({ reasons }) => reasons[0]),
        ['database-damaged', 'database-damaged'],
      );
      const { live: seen, lastGood } = await projectSummary(project(), ports);
      assert.equal(seen?.condition, 'damaged');
      assert.equal(lastGood?.id, good.id);
    });

    for (const [what, content] of [
      ['a text file', Buffer.from('not a database\n'.repeat(400))],
      ['an empty file', Buffer.alloc(0)],
      ['noise', Buffer.from(Array.from({ length: 9000 }, (_, i) => (i * 7919) % 251))],
    ] as const) {
      it(`saves ${what} as raw files, including side files`, async () => {
        writeFileSync(live(), content);
        writeFileSync(`${live()}-wal`, 'a log of something');
        const emergency = await damaged();
        assert.equal(emergency.content, 'raw');
        assert.deepEqual(readFileSync(emergency.path), content);
        assert.equal(readFileSync(`${emergency.path}-wal`, 'utf8'), 'a log of something');
        assert.equal((await damaged()).id, emergency.id);
        assert.equal((await verifyBackup(project(), emergency, ports)).ok, true);
        writeFileSync(`${emergency.path}-wal`, 'another log of some');
        assert.equal((await verifyBackup(project(), emergency, ports)).ok, false);
      });
    }

    it('is an emergency backup if the features table is missing', async () => {
      runPython('import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute("CREATE TABLE t (x)")', [live()]);
      const emergency = await damaged();
      assert.match(emergency.metadata?.problems?.join() ?? '', /no table "features"/);
    });

    it('resumes ordinary backups after the database is intact again', async () => {
      database(30);
      await created();
      flip();
      await damaged();
      database(30, 1);
      await created();
      assert.equal((await projectSummary(project(), ports)).live?.condition, 'sound');
    });
  });

  it('of a missing database is an error, creates no store, and stops pruning', async () => {
    await assert.rejects(backUp(), withCode('database-not-found'));
    assert.ok(!existsSync(project().storePath));
    for (const passing of [0, 1, 2]) {
      database(8, passing);
      await created();
    }
    rmSync(live());
    await assert.rejects(backUp(), withCode('database-not-found'));
    const pruning = { ...project(), configuration: testProject('', { keepLast: 1 }).configuration };
    assert.deepEqual((await cleanUp(pruning, ports)).removed, []);
    assert.equal((await projectSummary(project(), ports)).live?.condition, 'gone');
  });

  it("uses the original tool's store: no duplicate names, and its backups remain listed and restorable", async () => {
    database(5);
    mkdirSync(project().storePath);
    const python = join(project().storePath, 'features_5_20200101-000000_manual');
    cpSync(live(), `${python}.db`);
    const metadata = {
      timestamp: '2020-01-01T00:00:00',
      reason: 'manual',
      feature_count: 5,
      original_file: 'features.db',
    };
    writeFileSync(
      `${python}.json`,
      JSON.stringify({ ...metadata, original_size: 1, backup_size: statSync(live()).size }),
    );
    const backup = await created();
    assert.equal(catalog().newest?.id, backup.id);
    const [, old] = catalog().backups;
    assert.ok(old);
    const outcome = await verifyBackup(project(), old, ports);
    assert.deepEqual(outcome.problems, []);
    const written = JSON.parse(readFileSync(`${python}.json`, 'utf8')) as Record<string, unknown>;
    assert.equal(written.timestamp, '2020-01-01T00:00:00');
    assert.deepEqual((written.verified as { ok: boolean }).ok, true);
  });

  it('passes verification, and fails it after a single bit flips', async () => {
    database(30);
    const backup = await created();
    assert.equal((await verifyBackup(project(), backup, ports)).ok, true);
    const bytes = readFileSync(backup.path);
    bytes[5000] = (bytes[5000] ?? 0) ^ 1;
    writeFileSync(backup.path, bytes);
    const { ok, problems, backup: verified } = await verifyBackup(project(), backup, ports);
    assert.equal(ok, false);
    assert.match(problems.join(), /SHA-256/);
    assert.equal(verified.metadata?.verified?.ok, false);
    await created();
  });

  it('that is pinned is never pruned, and cannot be deleted until it is unpinned', async () => {
    database(8);
    const first = await pin(project(), await created(), ports);
    for (const passing of [1, 2, 3, 4]) {
      database(8, passing);
      await created();
    }
    assert.ok(catalog().backups.some(({ id }) => id === first.id));
    await assert.rejects(deleteBackup(project(), first, {}, ports), withCode('backup-protected'));
    await unpin(project(), first, ports);
    await deleteBackup(project(), first, {}, ports);
    await assert.rejects(deleteBackup(project(), first, {}, ports), withCode('backup-not-found'));
    assertNoLeftovers(project());
  });

  it('that is the only verified one is deleted only if forced', async () => {
    database(8);
    const only = await created();
    await assert.rejects(deleteBackup(project(), only, {}, ports), withCode('backup-protected'));
    await deleteBackup(project(), only, { force: true }, ports);
    assert.deepEqual(catalog().backups, []);
  });

  it('that is the only verified one is protected, whatever other backups exist', async () => {
    database(8);
    const only = await created();
    database(8, 1);
    const other = await created();
    const metadata = other.path.replace(/db$/, 'json');
    const text = readFileSync(metadata, 'utf8');
    writeFileSync(metadata, JSON.stringify({ ...(JSON.parse(text) as object), verified: undefined }));
    const emergency = await withStoreLock(project().storePath, ports, (lock) =>
      saveEmergency(project(), TRIGGER, ports, lock),
    );
    await assert.rejects(deleteBackup(project(), only, {}, ports), withCode('backup-protected'));
    await deleteBackup(project(), other, {}, ports);
    await deleteBackup(project(), emergency, {}, ports);
    writeFileSync(other.path, 'image');
    writeFileSync(metadata, text);
    await deleteBackup(project(), only, {}, ports);
    assert.deepEqual(ids(), [other.id]);
  });

  it('works in a store of 200 backups', async () => {
    database(8);
    const { path, metadata } = await created();
    assert.ok(metadata);
    for (let i = 0; i < 200; i += 1) {
      const stem = path.replace(/features_8_\d+-\d+/, `features_8_20250101-${String(i).padStart(6, '0')}`);
      cpSync(path, stem);
      const text = readFileSync(path.replace(/db$/, 'json'), 'utf8');
      const own = { ...(JSON.parse(text) as object), sequence: i + 1, sha256: i.toString(16).padStart(64, '0') };
      writeFileSync(stem.replace(/db$/, 'json'), JSON.stringify(own));
    }
    assert.equal((await backUp()).status, 'unchanged');
    database(8, 1);
    await created();
    assert.equal(catalog().backups.length, 3);
  });

  it('saves the current files as an emergency backup for a restore', async () => {
    database(8);
    const sound = await createBackup(project(), TRIGGER, ports).then(async () =>
      withStoreLock(project().storePath, ports, (lock) =>
        saveEmergency(project(), { source: 'restore', reason: 'before_restore' }, ports, lock),
      ),
    );
    assert.deepEqual([sound.kind, sound.counts.total, sound.metadata?.verified?.ok], ['emergency', 8, true]);
    // An emergency backup of an intact database does not count as damage.
    assert.equal((await backUp()).status, 'unchanged');
  });

  describe('that cannot be written', () => {
    const disk = useTinyDisk();

    it('refuses a store that is a file, or a link that points outside the project', async () => {
      database(3);
      writeFileSync(project().storePath, 'mine');
      await assert.rejects(backUp(), withCode('unsafe-store'));
      assert.equal(readFileSync(project().storePath, 'utf8'), 'mine');
      rmSync(project().storePath);
      const elsewhere = join(folder.path, '..', `elsewhere-${process.pid}`);
      mkdirSync(elsewhere, { recursive: true });
      try {
        symlinkSync(elsewhere, project().storePath);
        await assert.rejects(backUp(), withCode('unsafe-store'));
        assert.deepEqual(readdirSync(elsewhere), []);
      } finally {
        rmSync(elsewhere, { recursive: true });
      }
    });

    it('reports a full disk, leaves no partial file, and succeeds when space is available again', async function () {
      const mountProblem = disk.mount(project().storePath, 'size=1m');
      if (mountProblem !== undefined) this.skip();
      try {
        writeFileSync(join(project().storePath, 'ballast'), Buffer.alloc(900 * 1024));
        database(1500);
        assert.ok(statSync(live()).size > 150 * 1024);
        await assert.rejects(backUp(), withCode('disk-full'));
        assert.deepEqual(names(), ['.jobs.json', 'ballast'], 'only the record of the failure is new');
        rmSync(join(project().storePath, 'ballast'));
        await created();
        const proof = new StoreProof(folder.join('scratch'));
        proof.add(project(), 'after the disk was full');
        proof.finish();
      } finally {
        disk.unmountAll();
      }
    });

    it('reports a read-only folder, and still lists, summarises and verifies its backups', async function () {
      database(3);
      const backup = await created();
      const copy = folder.join('copy');
      cpSync(project().storePath, copy, { recursive: true });
      rmSync(project().storePath, { recursive: true });
      if (disk.mount(project().storePath, 'size=1m') !== undefined) this.skip();
      try {
        cpSync(copy, project().storePath, { recursive: true });
        runPython('import subprocess, sys; subprocess.check_call(["mount", "-o", "remount,ro", sys.argv[1]])', [
          project().storePath,
        ]);
        database(4);
        await assert.rejects(backUp(), withCode('read-only'));
        assert.equal(catalog().backups.length, 1);
        assert.equal((await projectSummary(project(), ports)).live?.changed, true);
        const outcome = await verifyBackup(project(), backup, ports);
        assert.deepEqual([outcome.ok, outcome.recordProblem?.code], [true, 'read-only']);
      } finally {
        disk.unmountAll();
      }
    });
  });
});

function withCode(code: BackupErrorCode): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof BackupError, String(error));
    assert.equal(error.code, code, error.message);
    return true;
  };
}
