import assert from 'node:assert/strict';
import nodeFileSystem, { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { describe, it } from 'mocha';
import { createBackup } from '../../../core/backup/createBackup.js';
import { saveEmergency } from '../../../core/backup/saveEmergency.js';
import { listHistory } from '../../../core/history/listHistory.js';
import { readCatalog } from '../../../core/store/openStore.js';
import type { Backup } from '../../../core/store/backup.js';
import { withStoreLock } from '../../../core/system/locks/storeLock.js';
import { realPorts, realSystem, type FileSystem, type Ports } from '../../../core/system/ports.js';
import { drill } from '../../../core/verify/drill/drill.js';
import { listQuarantine, quarantinedNames } from '../../../core/verify/quarantine/listQuarantine.js';
import { examineBackup, verifyBackup } from '../../../core/verify/verifyBackup.js';
import { verifyBackups } from '../../../core/verify/verifyBackups.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { systemError } from '../../support/interferingFiles.js';
import { makeFeatureDatabase, runPython } from '../../support/pythonSqlite.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;
const MIB = 1024 * 1024;

describe('verification', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(() => {
    project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
  });

  const listed = () => readCatalog(project, ports).backups;
  const backUp = async (count = 1, of = project): Promise<readonly Backup[]> => {
    for (let made = 0; made < count; made += 1) {
      sqlite3(
        project.databasePath,
        'UPDATE features SET passes = id <= (SELECT count(*) FROM features WHERE passes) + 1',
      );
      await createBackup(of, MANUAL, ports);
    }
    return listed();
  };
  const rewriteMetadata = ({ path }: Backup, change: (json: Record<string, unknown>) => object): Backup => {
    const jsonPath = path.replace(/db$/, 'json');
    const json = JSON.parse(readFileSync(jsonPath, 'utf8')) as Record<string, unknown>;
    writeFileSync(jsonPath, JSON.stringify(change(json)));
    const backup = listed().find((one) => one.path === path);
    assert.ok(backup);
    return backup;
  };
  const only = async (): Promise<Backup> => {
    const [backup, ...others] = await backUp();
    assert.ok(backup);
    assert.deepEqual(others, []);
    return backup;
  };

  it('records missing values in the metadata of an intact backup, with the time', async () => {
    const made = await only();
    const { sha256, backupSizeBytes } = made.metadata ?? {};
    const bare = rewriteMetadata(made, ({ timestamp, reason, feature_count, original_file, original_size }) => ({
      ...{ timestamp, reason, feature_count, original_file, original_size, backup_size: backupSizeBytes },
    }));
    assert.equal(bare.metadata?.sha256, undefined);
    const now = new Date('2026-01-25T14:46:00Z');
    const { ok, problems, backup } = await verifyBackup(project, bare, { ...ports, now: () => now });
    assert.deepEqual([ok, problems], [true, []]);
    const { metadata } = backup;
    assert.deepEqual([metadata?.sha256, metadata?.backupSizeBytes], [sha256, backupSizeBytes]);
    assert.deepEqual([metadata?.featureCount, metadata?.passingCount, metadata?.inProgressCount], [20, 1, 0]);
    assert.deepEqual([metadata?.verified?.check, metadata?.verified?.ok], ['integrity_check', true]);
    assert.equal(new Date(metadata?.verified?.at ?? '').getTime(), now.getTime());
    assert.deepEqual(listed()[0]?.metadata, metadata);
  });

  it('records no values for a damaged backup: its metadata stays unchanged', async () => {
    const made = await only();
    const bad = rewriteMetadata(made, (json) => ({ ...json, feature_count: 21 }));
    const { ok, problems, backup } = await verifyBackup(project, bad, ports);
    assert.deepEqual([ok, problems], [false, ['It contains 20 features instead of 21']]);
    assert.deepEqual([backup.metadata?.featureCount, backup.metadata?.verified?.ok], [21, false]);
    assert.deepEqual((await examineBackup(bad, ports)).metadataUpdate, {});
    writeFileSync(bad.path, 'no longer a database');
    const damaged = await examineBackup(bad, ports);
    assert.deepEqual([damaged.ok, damaged.metadataUpdate, damaged.problems.length], [false, {}, 1]);
  });

  it('compares no count that was not recorded', async () => {
    const made = await only();
    const renamed = { ...made, counts: {} };
    assert.equal((await examineBackup(renamed, ports)).ok, true);
  });

  it('reports foreign key violations of an intact backup', async () => {
    runPython(DANGLING, [project.databasePath]);
    const made = await only();
    const { ok, problems } = await verifyBackup(project, made, ports);
    assert.equal(ok, true);
    assert.match(problems.join(), /child/);
  });

  it('reports whether a saved damaged database is unchanged, and its problems', async () => {
    sqlite3(project.databasePath, 'DROP TABLE features');
    const outcome = await createBackup(project, MANUAL, ports);
    assert.ok(outcome.status === 'damaged');
    const { emergency } = outcome;
    const noted = readFileSync(emergency.path.replace(/db$/, 'json'), 'utf8');
    const { ok, problems, isCopyOfDamaged } = await verifyBackup(project, emergency, ports);
    assert.deepEqual([ok, problems, isCopyOfDamaged], [true, emergency.metadata?.problems, true]);
    assert.ok(problems.length > 0);
    assert.equal(readFileSync(emergency.path.replace(/db$/, 'json'), 'utf8'), noted);
    writeFileSync(emergency.path, readFileSync(emergency.path).fill(1, 50, 60));
    const changed = await verifyBackup(project, emergency, ports);
    assert.deepEqual([changed.ok, changed.isCopyOfDamaged], [false, undefined]);
    assert.match(changed.problems.join(), /SHA-256/);
  });

  it('checks an emergency backup of an intact database like any other', async () => {
    await backUp();
    const emergency = await withStoreLock(project.storePath, ports, (lock) =>
      saveEmergency(project, { source: 'restore', reason: 'before_restore' }, ports, lock),
    );
    const { ok, problems, isCopyOfDamaged, backup } = await verifyBackup(project, emergency, ports);
    assert.deepEqual([ok, problems, isCopyOfDamaged], [true, [], undefined]);
    assert.equal(backup.metadata?.verified?.check, 'integrity_check');
  });

  it('ignores a file beside an ordinary backup that has the name of a side file', async () => {
    const backup = await only();
    mkdirSync(`${backup.path}-wal`);
    assert.deepEqual((await verifyBackup(project, backup, ports)).problems, []);
  });

  it('refuses an emergency backup with invalid metadata, and checks such an ordinary one', async () => {
    const made = await only();
    writeFileSync(project.databasePath, 'damaged');
    const outcome = await createBackup(project, MANUAL, ports);
    assert.ok(outcome.status === 'damaged');
    for (const { path } of [made, outcome.emergency]) writeFileSync(path.replace(/db$/, 'json'), '{');
    const [emergency, ordinary] = listed();
    assert.ok(emergency && ordinary);
    await assert.rejects(verifyBackup(project, emergency, ports), { code: 'metadata-unknown' });
    const { ok, recordProblem } = await verifyBackup(project, ordinary, ports);
    assert.deepEqual([ok, recordProblem?.code], [true, 'metadata-unknown']);
    assert.equal(readFileSync(made.path.replace(/db$/, 'json'), 'utf8'), '{');
  });

  it('reports progress if the check of a large backup takes long', async () => {
    const steps = async (): Promise<readonly unknown[]> => {
      const steps: unknown[] = [];
      const [newest] = await backUp();
      assert.ok(newest);
      await examineBackup(newest, { ...ports, onProgress: (...step) => steps.push(step) });
      return steps.map((step) => JSON.stringify(step).replace(newest.id, 'it'));
    };
    assert.deepEqual(await steps(), []);
    runPython(GROW, [project.databasePath, (33 * MIB).toString()]);
    assert.deepEqual(await steps(), ['["checking it",0,true]']);
  });

  it('checks backups in order, reports progress, and omits those pruned meanwhile', async () => {
    const [newest, middle, oldest] = await backUp(3);
    assert.ok(newest && middle && oldest);
    rmSync(middle.path);
    const steps: unknown[] = [];
    const onProgress: Ports['onProgress'] = (step, fraction) => steps.push([step, fraction]);
    const outcomes = await verifyBackups(project, [newest, middle, oldest], {}, { ...ports, onProgress });
    assert.deepEqual(
      outcomes.map(({ backup, ok }) => [backup.id, ok]),
      [
        [newest.id, true],
        [oldest.id, true],
      ],
    );
    assert.deepEqual(
      steps,
      [newest, middle, oldest].map(({ id }, index) => [`verifying ${id}`, index / 3]),
    );
  });

  it('skips backups after its time limit: half an hour, and a second for each MB', async () => {
    const backups = await backUp(2);
    const run = async (storedBytes: number, hours: number) => {
      let clockMs = 0;
      const system = { ...realSystem, monotonicMs: () => (clockMs += (hours * 3_600_000) / 100) };
      const sized = backups.map((backup) => ({ ...backup, sizeBytes: storedBytes / 2 }));
      const outcomes = await verifyBackups(project, sized, {}, { ...ports, system: frozen(system) });
      return outcomes.map(({ ok, readError }) => readError?.code ?? ok);
    };
    /** The clock stands still, except for one jump after the budget starts. */
    const frozen = (system: typeof realSystem): typeof realSystem => {
      const startMs = system.monotonicMs();
      let asked = 0;
      return { ...system, monotonicMs: () => startMs + ((asked += 1) > 1 ? startMs * 100 : 0) };
    };
    assert.deepEqual(await run(0, 0.49), [true, true]);
    assert.deepEqual(await run(0, 0.51), ['time-limit', 'time-limit']);
    assert.deepEqual(await run(3_600 * 1_000_000, 1.49), [true, true]);
    assert.deepEqual(await run(3_600 * 1_000_000, 1.51), ['time-limit', 'time-limit']);
    assert.deepEqual(await run(1e15, 24.49), [true, true]);
    assert.deepEqual(await run(1e15, 24.51), ['time-limit', 'time-limit']);
  });

  it('leaves a damaged state in the history, even with quarantine', async () => {
    const small = testProject(folder.path, { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    await backUp(4, small);
    const [state] = listHistory(project, ports).states;
    assert.ok(state?.history);
    const sound = await verifyBackup(project, state, ports);
    assert.deepEqual([sound.ok, sound.recordProblem], [true, undefined]);
    const bytes = readFileSync(state.history.segmentPath);
    const middle = bytes.length >> 1;
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    writeFileSync(state.history.segmentPath, bytes);
    const outcomes = await verifyBackups(project, listHistory(project, ports).states, { quarantine: true }, ports);
    const bad = outcomes.filter(({ ok }) => !ok);
    assert.notEqual(bad.length, 0);
    for (const { quarantined, quarantineProblem } of bad) {
      assert.deepEqual([quarantined, quarantineProblem], [undefined, undefined]);
    }
    assert.deepEqual(listQuarantine(project, ports), []);
  });

  it('reports a backup as damaged if another process prunes it before it is moved', async () => {
    const [newest] = await backUp();
    assert.ok(newest);
    writeFileSync(newest.path, 'no database');
    const renameIt: FileSystem['renameSync'] = (from, to) => {
      nodeFileSystem.renameSync(from, to);
      // Right after the result was recorded.
      if (to === newest.path.replace(/db$/, 'json')) rmSync(newest.path);
    };
    const files = { ...nodeFileSystem, renameSync: renameIt };
    const [outcome, ...others] = await verifyBackups(project, [newest], { quarantine: true }, { ...ports, files });
    assert.deepEqual([outcome?.ok, outcome?.quarantined, others], [false, undefined, []]);
    assert.equal(outcome?.quarantineProblem?.code, 'backup-not-found');
  });

  it('finds no quarantine in a project without a store', () => {
    assert.deepEqual(listQuarantine(project, ports), []);
    assert.equal(existsSync(project.storePath), false);
    assert.deepEqual(quarantinedNames(testProject(folder.join('without')), ports), []);
  });
});

describe('drill', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  const ports = realPorts();
  let project: Project;
  beforeEach(async () => {
    project = testProject(folder.path);
    makeFeatureDatabase(project.databasePath, { features: 20, passing: 0, journalMode: 'delete' });
    for (const passing of [1, 2]) {
      sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${passing.toString()}`);
      await createBackup(project, MANUAL, ports);
    }
  });
  const listed = () => readCatalog(project, ports).backups;

  it('reports progress, also when work takes long', async () => {
    const steps = async (): Promise<readonly unknown[]> => {
      const steps: unknown[] = [];
      const onProgress: Ports['onProgress'] = (...step) => steps.push(step);
      assert.equal((await drill(project, { ...ports, onProgress }, { readers: [] })).ok, true);
      return steps;
    };
    const [newest, oldest] = listed();
    assert.deepEqual(await steps(), [
      [`drilling ${newest?.id ?? ''}: restoring`, 0, false],
      [`drilling ${newest?.id ?? ''}: comparing every feature`, 0, false],
      [`drilling ${oldest?.id ?? ''}: restoring`, 0.5, false],
      [`drilling ${oldest?.id ?? ''}: comparing every feature`, 0.5, false],
    ]);
    runPython(GROW, [project.databasePath, (33 * MIB).toString()]);
    await createBackup(project, MANUAL, ports);
    const isLong = (await steps()).map((step) => (step as readonly unknown[])[2]);
    assert.deepEqual(isLong, [true, true, false, false, false, false]);
  });

  it('reports why its results could not be recorded; they remain valid', async () => {
    const renameSync: FileSystem['renameSync'] = (from, to) => {
      if (String(to).endsWith('.json')) throw systemError('ENOSPC');
      nodeFileSystem.renameSync(from, to);
    };
    const files = { ...nodeFileSystem, renameSync };
    const { ok, drilled, recordProblem } = await drill(project, { ...ports, files }, { readers: ['sqlite3'] });
    assert.deepEqual([ok, recordProblem?.code], [true, 'disk-full']);
    assert.deepEqual(
      drilled.map(({ ok: isProven, recordProblem: problem }) => [isProven, problem?.code]),
      [
        [true, 'disk-full'],
        [true, 'disk-full'],
      ],
    );
    assert.ok(listed().every(({ metadata }) => metadata?.drilled === undefined));
  });

  it('omits a backup that was pruned during the drill', async () => {
    const [newest, oldest] = listed();
    assert.ok(newest && oldest);
    const onProgress: Ports['onProgress'] = (step) => {
      if (step === `drilling ${newest.id}: comparing every feature`)
        renameSync(newest.path, folder.join('elsewhere.db'));
    };
    const { ok, drilled } = await drill(project, { ...ports, onProgress }, { readers: [] });
    assert.deepEqual([ok, drilled.map(({ backup }) => backup.id)], [true, [oldest.id]]);
  });

  it('reports differing counts and checksums, and compares no count that was not recorded', async () => {
    const [newest, oldest] = listed();
    assert.ok(newest && oldest);
    const change = (backup: Backup, changes: object): void => {
      const path = backup.path.replace(/db$/, 'json');
      writeFileSync(path, JSON.stringify({ ...(JSON.parse(readFileSync(path, 'utf8')) as object), ...changes }));
    };
    change(newest, { feature_count: 21, passing_count: 4, in_progress_count: 1 });
    change(oldest, { sha256: 'f'.repeat(64) });
    const { drilled } = await drill(project, ports, { readers: ['sqlite3'] });
    assert.deepEqual(drilled[0]?.problems, [
      'It contains 20 features instead of 21',
      'It contains 2 passing features instead of 4',
      'It contains 0 features in progress instead of 1',
    ]);
    assert.match(
      drilled[1]?.problems.join() ?? '',
      /its content has changed since it was made: SHA-256 \w{64} instead of f{64}$/,
    );
    assert.deepEqual(
      drilled.map(({ reader, isInconclusive }) => [reader, isInconclusive]),
      [
        ['sql.js', undefined],
        ['sql.js', undefined],
      ],
    );
    for (const backup of [newest, oldest]) {
      change(backup, { feature_count: 20, passing_count: undefined, in_progress_count: undefined, sha256: undefined });
    }
    assert.equal((await drill(project, ports, { readers: ['sqlite3'] })).ok, true);
  });

  it('reports the problems of the restore’s own check, without a second reader', async () => {
    sqlite3(project.databasePath, 'ALTER TABLE features RENAME TO gone');
    const [newest] = listed();
    assert.ok(newest);
    writeFileSync(newest.path, readFileSync(project.databasePath));
    const path = newest.path.replace(/db$/, 'json');
    const json = JSON.parse(readFileSync(path, 'utf8')) as object;
    writeFileSync(path, JSON.stringify({ ...json, sha256: undefined, backup_size: readFileSync(newest.path).length }));
    const [backup] = listed();
    const { ok, drilled } = await drill(project, ports, { backup, readers: ['sqlite3'] });
    assert.deepEqual([ok, drilled[0]?.reader, drilled[0]?.isInconclusive], [false, 'sql.js', undefined]);
    assert.match(drilled[0]?.problems.join() ?? '', /no table "features"/);
  });
});

/** A table with a foreign key violation. */
const DANGLING = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.executescript('CREATE TABLE parent (id INTEGER PRIMARY KEY); CREATE TABLE child (parent REFERENCES parent (id)); INSERT INTO child VALUES (7)')
c.commit()
`;

const GROW = `
import sqlite3, sys
c = sqlite3.connect(sys.argv[1])
c.execute('CREATE TABLE filling (content BLOB)')
c.execute('INSERT INTO filling VALUES (randomblob(?))', (int(sys.argv[2]),))
c.commit()
`;
