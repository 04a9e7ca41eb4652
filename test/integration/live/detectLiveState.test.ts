import assert from 'node:assert/strict';
import nodeFileSystem, {
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { uptime } from 'node:os';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { saveEmergency } from '../../../core/backup/saveEmergency.js';
import type { Inspection } from '../../../core/database/inspection.js';
import {
  inspectWithTimeLimit,
  isBackedUp,
  detectLiveState,
  inspectionProblems,
  type DetectOptions,
} from '../../../core/live/detectLiveState.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup, Catalog } from '../../../core/store/backup.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { interferingFiles, systemError } from '../../support/interferingFiles.js';
import { fixtureImage } from '../../support/madeImage.js';
import { makeFeatureDatabase, type FeatureDatabaseSpec } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
/** So old that the fingerprint of the files alone is conclusive. */
const OLD_TIME = 1_700_000_000;

describe('live state', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
  });

  const setOldTimes = (): void => {
    for (const suffix of ['', '-wal']) {
      if (nodeFileSystem.existsSync(project.databasePath + suffix)) {
        utimesSync(project.databasePath + suffix, OLD_TIME, OLD_TIME);
      }
    }
  };
  const database = (spec: Partial<FeatureDatabaseSpec> = {}): void => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(project.databasePath + suffix, { force: true });
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 5, journalMode: 'delete', ...spec });
  };
  const catalog = (): Catalog => readCatalog(project, ports);
  const created = async (usedPorts: Ports = ports): Promise<Backup> => {
    const outcome = await createBackup(project, MANUAL, usedPorts);
    assert.ok(outcome.status === 'created', outcome.status);
    const { newest } = catalog();
    assert.ok(newest);
    return newest;
  };
  /** The result and the id of the matching backup. */
  const detect = async (
    options: DetectOptions = {},
    usedPorts: Ports = ports,
    catalogWithBackup: Catalog = catalog(),
  ) => {
    const state = await detectLiveState(project, { catalog: catalogWithBackup }, usedPorts, options);
    const id = state.status === 'known' ? state.backup.id : undefined;
    return { state, found: state.status, id };
  };
  const compress = (backup: Backup, bytes: Uint8Array = gzipSync(readFileSync(backup.path))): void => {
    writeFileSync(`${backup.path}.gz`, bytes);
    rmSync(backup.path);
  };
  /** The number of bytes read from the live database. */
  const countingReads = () => {
    const count = { bytes: 0, open: 0 };
    const live = new Set<number>();
    const files: FileSystem = {
      ...nodeFileSystem,
      openSync: (path, ...rest) => {
        const descriptor = nodeFileSystem.openSync(path, ...rest);
        count.open += 1;
        if (path === project.databasePath) live.add(descriptor);
        return descriptor;
      },
      closeSync: (descriptor) => {
        nodeFileSystem.closeSync(descriptor);
        count.open -= 1;
        live.delete(descriptor);
      },
      readSync: ((descriptor: number, ...rest: [Uint8Array, number, number, number]) => {
        const bytesRead = nodeFileSystem.readSync(descriptor, ...rest);
        if (live.has(descriptor)) count.bytes += bytesRead;
        return bytesRead;
      }) as FileSystem['readSync'],
    };
    return { count, ports: { ...ports, files } };
  };

  it('finds the newest backup by the fingerprint of the files, with and without an expected backup', async () => {
    database();
    setOldTimes();
    const newest = await created();
    for (const options of [{}, { expectedBackup: newest }]) {
      const { count, ports: counting } = countingReads();
      const { state, id } = await detect(options, counting);
      assert.deepEqual([id, count.open], [newest.id, 0]);
      assert.ok(state.status === 'known' && state.fingerprint === undefined);
      assert.ok(count.bytes < statSync(project.databasePath).size, count.bytes.toString());
    }
    assert.equal(isBackedUp(project, catalog(), ports), true);
  });

  it('finds the newest backup by its content if the fingerprint is inconclusive', async () => {
    database();
    const newest = await created();
    for (const options of [{}, { expectedBackup: newest }]) {
      const { state, id } = await detect(options);
      assert.equal(id, newest.id);
      assert.ok(state.status === 'known' && state.fingerprint !== undefined);
    }
    assert.equal(isBackedUp(project, catalog(), ports), false, 'as only its content could prove it');
  });

  it('takes one snapshot and closes its files, even if the expected backup does not match', async () => {
    database();
    const expectedBackup = await created();
    const path = expectedBackup.path;
    const bytes = readFileSync(path);
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    const read: number[] = [];
    for (const options of [{}, { expectedBackup }]) {
      const { count, ports: counting } = countingReads();
      const { found } = await detect(options, counting);
      assert.deepEqual([found, count.open], ['sound', 0]);
      read.push(count.bytes);
    }
    assert.deepEqual(read[1], read[0]);
  });

  it('ignores an expected backup that is not the newest', async () => {
    database();
    const first = await created();
    const wrong = { ...first, path: folder.join('other') };
    writeFileSync(wrong.path, 'another state');
    assert.equal((await detect({ expectedBackup: { ...wrong, id: 'another' } })).id, first.id);
  });

  it('matches no backup that is incomplete or did not verify', async () => {
    database();
    setOldTimes();
    const newest = await created();
    const cases: readonly Partial<Backup>[] = [
      { sizeBytes: newest.sizeBytes - 1 },
      { compressed: true, sizeBytes: 0 },
      { metadata: undefined },
      ...([false, undefined] as const).map((ok) => ({
        metadata: newest.metadata && {
          ...newest.metadata,
          verified: ok === undefined ? undefined : { at: '', check: 'quick_check' as const, ok },
        },
      })),
    ];
    for (const changes of cases) {
      const changed = { ...newest, ...changes };
      const catalogWithBackup = { ...catalog(), backups: [changed], newest: changed };
      for (const options of [{}, { expectedBackup: changed }]) {
        const { found } = await detect(options, ports, catalogWithBackup);
        assert.equal(found, 'sound', JSON.stringify(changes));
      }
      assert.equal(isBackedUp(project, catalogWithBackup, ports), false);
    }
  });

  it('detects a change, whether the newest backup is compressed or not', async () => {
    database();
    const first = await created();
    sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
    assert.equal((await detect({ expectedBackup: first })).found, 'sound');
    compress(first);
    const { newest } = catalog();
    assert.equal((await detect({ expectedBackup: newest })).found, 'sound');
    assert.equal((await detect()).found, 'sound');
    assert.equal(isBackedUp(project, catalog(), ports), false);
  });

  it('matches a compressed backup by its checksum, unless it is empty', async () => {
    database();
    const first = await created();
    compress(first);
    const { newest } = catalog();
    for (const options of [{}, { expectedBackup: newest }]) {
      const { state, id } = await detect(options);
      assert.equal(id, first.id);
      assert.ok(state.status === 'known' && state.fingerprint !== undefined);
    }
    writeFileSync(`${first.path}.gz`, '');
    assert.equal((await detect()).found, 'sound');
  });

  for (const code of ['EACCES', 'EIO', 'EMFILE']) {
    it(`matches no unreadable backup (${code})`, async () => {
      database();
      const newest = await created();
      const files = interferingFiles(({ name, path }) => {
        if (name === 'open' && path === newest.path) throw systemError(code);
      });
      for (const options of [{}, { expectedBackup: newest }]) {
        assert.equal((await detect(options, { ...ports, files })).found, 'sound');
      }
    });
  }

  it('matches no backup that has become a link, and does not hide programming errors', async () => {
    database();
    const newest = await created();
    renameSync(newest.path, folder.join('elsewhere.db'));
    symlinkSync(folder.join('elsewhere.db'), newest.path);
    const catalogWithBackup = { ...catalog(), backups: [newest], newest };
    assert.equal((await detect({ expectedBackup: newest }, ports, catalogWithBackup)).found, 'sound');
    const files = interferingFiles(({ name, path }) => {
      if (name === 'open' && path === newest.path) throw new Error('a fault');
    });
    await assert.rejects(detect({}, { ...ports, files }, catalogWithBackup), { message: 'a fault' });
  });

  it('does not rely on a write-ahead log last seen before the system started, whose end may be lost', async () => {
    database({ journalMode: 'wal', leave: 'wal' });
    setOldTimes();
    await created();
    const seenMs = catalog().newest?.metadata?.state?.observedAtMs ?? 0;
    const startedMs = (ms: number): Ports => ({
      ...ports,
      now: () => new Date(seenMs + 60_000),
      system: { ...realSystem, uptimeMs: () => seenMs + 60_000 - ms },
    });
    const byFingerprint = async (usedPorts: Ports): Promise<boolean> => {
      const { state } = await detect({}, usedPorts);
      assert.ok(state.status === 'known', 'the content is the same');
      assert.equal(isBackedUp(project, catalog(), usedPorts), state.fingerprint === undefined);
      return state.fingerprint === undefined;
    };
    assert.equal(await byFingerprint(startedMs(seenMs - 1000)), true);
    assert.equal(await byFingerprint(startedMs(seenMs)), true);
    assert.equal(await byFingerprint(startedMs(seenMs + 1)), false);
    database();
    setOldTimes();
    await created();
    assert.equal(await byFingerprint(startedMs(seenMs + 60_000)), true, 'without a log there is nothing to lose');
    assert.ok(uptime() > 0);
  });

  describe('of a damaged database', () => {
    const damage = (): void => {
      writeFileSync(project.databasePath, 'no database\n'.repeat(500));
      setOldTimes();
    };
    const damaged = async (): Promise<Backup> => {
      const outcome = await createBackup(project, MANUAL, ports);
      assert.ok(outcome.status === 'damaged');
      return outcome.emergency;
    };
    const emergencyFound = async () => {
      const { state } = await detect();
      return state.status === 'known-damage' ? state.emergency.id : state.status;
    };

    it('matches the emergency backup of that state, even without any other backup', async () => {
      damage();
      assert.equal(await emergencyFound(), 'unreadable');
      const { id } = await damaged();
      assert.equal(await emergencyFound(), id);
      assert.equal(isBackedUp(project, catalog(), ports), true);
    });

    it('matches it until a newer backup is made', async () => {
      database();
      await created();
      damage();
      const bytes = readFileSync(project.databasePath);
      const { id } = await damaged();
      assert.equal(await emergencyFound(), id);
      database({ passing: 6 });
      await created();
      writeFileSync(project.databasePath, bytes);
      setOldTimes();
      assert.equal(await emergencyFound(), 'unreadable');
    });

    it('matches neither another state nor an emergency backup of a sound database', async () => {
      damage();
      await damaged();
      writeFileSync(project.databasePath, 'other text\n'.repeat(500));
      setOldTimes();
      assert.equal(await emergencyFound(), 'unreadable');
      database();
      setOldTimes();
      await withStoreLock(project.storePath, ports, (lock) =>
        saveEmergency(project, { source: 'restore', reason: 'before_restore' }, ports, lock),
      );
      assert.equal(await emergencyFound(), 'sound');
      assert.equal(isBackedUp(project, catalog(), ports), false);
      const [emergency] = catalog().backups;
      assert.ok(emergency?.metadata);
      const withoutProblems = { ...emergency, metadata: { ...emergency.metadata, problems: undefined } };
      const catalogWithBackup = { ...catalog(), backups: [withoutProblems] };
      assert.equal((await detect({}, ports, catalogWithBackup)).found, 'sound');
    });
  });

  it('does not report a missing database as backed up', () => {
    assert.equal(isBackedUp(project, catalog(), ports), false);
  });
});

describe('problems of an image', () => {
  const inspection = (changes: Partial<Inspection>): Inspection => ({
    check: { check: 'integrity_check', ok: true, problems: [] },
    shape: 'ok',
    counts: undefined,
    ...changes,
  });
  const failed = (problems: readonly string[]) => ({ check: { check: 'quick_check', ok: false, problems } as const });

  it('contain those of the check, or that it failed', () => {
    assert.deepEqual(inspectionProblems(inspection({})), []);
    assert.deepEqual(inspectionProblems(inspection(failed(['one', 'two']))), ['one', 'two']);
    assert.deepEqual(inspectionProblems(inspection({ ...failed([]), shape: 'no-table' })), ['quick_check failed']);
  });

  it('include a features table that is missing or lacks columns', () => {
    assert.match(inspectionProblems(inspection({ shape: 'no-table' })).join(), /no table "features"/);
    assert.match(inspectionProblems(inspection({ shape: 'other-shape' })).join(), /lacks required columns/);
  });

  it('include that the check took too long', async () => {
    const { now } = Date;
    let minutes = 0;
    // The clock advances by a minute each time it is read.
    Date.now = () => now() + (minutes += 1) * 60_000;
    try {
      const { check, shape, counts } = await inspectWithTimeLimit(fixtureImage('2-after-200-passing'));
      assert.deepEqual([check.check, check.ok, shape, counts], ['integrity_check', false, undefined, undefined]);
      assert.equal(check.problems.length, 1);
    } finally {
      Date.now = now;
    }
  });
});
