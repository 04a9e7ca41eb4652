import assert from 'node:assert/strict';
import { rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { observeLive, type LiveObservation } from '../../../core/live/liveCondition.js';
import { readCatalog } from '../../../core/store/openStore.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, type FeatureDatabaseSpec } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('condition of the live database', () => {
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
  });

  const database = (spec: Partial<FeatureDatabaseSpec> = {}): void => {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(project.databasePath + suffix, { force: true });
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 5, journalMode: 'delete', ...spec });
  };
  const observe = async (usedPorts: Ports = ports): Promise<LiveObservation> =>
    await observeLive(project, readCatalog(project, usedPorts), usedPorts);
  const backUp = async () => await createBackup(project, MANUAL, ports);
  const sizeOf = (suffix = '') => statSync(project.databasePath + suffix).size;

  it('is sound and changed, then backed up and unchanged, with its counts either way', async () => {
    database();
    const counts = { total: 20, passing: 5, inProgress: 0 };
    const sound = { condition: 'sound', counts, problems: [], sizeBytes: sizeOf(), journalMode: 'rollback' };
    assert.deepEqual({ ...(await observe()), writtenAt: undefined }, { ...sound, changed: true, writtenAt: undefined });
    await backUp();
    assert.deepEqual(
      { ...(await observe()), writtenAt: undefined },
      { ...sound, changed: false, writtenAt: undefined },
    );
    sqlite3(project.databasePath, 'UPDATE features SET passes = 1');
    const { changed, counts: now } = await observe();
    assert.deepEqual([changed, now?.passing], [true, 20]);
  });

  it('is damaged, with the reason, before and after an emergency backup', async () => {
    database();
    await backUp();
    writeFileSync(project.databasePath, 'no database\n'.repeat(500));
    for (let time = 0; time < 2; time += 1) {
      const { condition, counts, problems, changed } = await observe();
      assert.deepEqual([condition, counts, changed], ['damaged', undefined, true]);
      assert.match(problems.join(), /not a SQLite database/);
      assert.equal((await backUp()).status, 'damaged');
    }
  });

  it('is damaged if the database opens but does not verify, before and after an emergency backup', async () => {
    database();
    sqlite3(project.databasePath, 'DROP TABLE features');
    // Long ago, so that the fingerprint alone is conclusive.
    utimesSync(project.databasePath, 1_700_000_000, 1_700_000_000);
    for (let time = 0; time < 2; time += 1) {
      const { condition, counts, problems, changed } = await observe();
      assert.deepEqual([condition, counts, changed], ['damaged', undefined, true]);
      assert.deepEqual(problems, ['The database has no table "features"']);
      assert.equal((await backUp()).status, 'damaged');
    }
  });

  it('is missing, which is a change, with the expected path', async () => {
    const { condition, counts, problems, changed, ...files } = await observe();
    assert.deepEqual([condition, counts, changed], ['gone', undefined, true]);
    assert.ok(problems.length === 1 && problems[0]?.includes(project.databasePath), problems.join());
    assert.deepEqual(files, { sizeBytes: undefined, journalMode: undefined, writtenAt: undefined });
  });

  it('is shrunk if a backup has more than twice as many features', async () => {
    database();
    await backUp();
    database({ features: 9, passing: 0 });
    const { condition, problems, counts } = await observe();
    assert.deepEqual([condition, problems, counts?.total], ['shrunk', [], 9]);
  });

  it('has the size of database and write-ahead log together, and the time of the newer one', async () => {
    database({ journalMode: 'wal', leave: 'wal' });
    const old = new Date('2026-01-25T14:46:00Z');
    const newer = new Date('2026-01-25T15:00:00Z');
    for (const [main, log, expected] of [
      [old, newer, newer],
      [newer, old, newer],
    ] as const) {
      utimesSync(project.databasePath, main, main);
      utimesSync(`${project.databasePath}-wal`, log, log);
      const { sizeBytes, journalMode, writtenAt } = await observe();
      assert.equal(sizeBytes, sizeOf() + sizeOf('-wal'));
      assert.deepEqual([journalMode, writtenAt], ['wal', expected]);
    }
    rmSync(`${project.databasePath}-wal`);
    database();
    utimesSync(project.databasePath, old, old);
    const { sizeBytes, journalMode, writtenAt } = await observe();
    assert.deepEqual([sizeBytes, journalMode, writtenAt], [sizeOf(), 'rollback', old]);
  });

  it('is WAL mode by the header, or by a log that is not empty', async () => {
    const mode = async () => (await observe()).journalMode;
    database({ journalMode: 'wal' });
    assert.equal(await mode(), 'wal');
    database();
    assert.equal(await mode(), 'rollback');
    writeFileSync(`${project.databasePath}-wal`, '');
    assert.equal(await mode(), 'rollback');
    writeFileSync(`${project.databasePath}-wal`, 'something');
    assert.equal(await mode(), 'wal');
  });

  it('is unknown, with the reason, if the database cannot be read: neither missing nor damaged', async () => {
    database();
    for (const [code, expected] of [
      ['EACCES', 'permission-denied'],
      ['EIO', 'io'],
    ] as const) {
      const openSync: Ports['files']['openSync'] = (path, ...rest) => {
        if (path === project.databasePath) throw systemError(code);
        return ports.files.openSync(path, ...rest);
      };
      await assert.rejects(observe({ ...ports, files: { ...ports.files, openSync } }), { code: expected });
    }
  });
});
