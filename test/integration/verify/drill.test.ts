import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import { readCatalog } from '../../../core/store/openStore.js';
import { createBackup } from '../../../core/backup/createBackup.js';
import { drill } from '../../../core/verify/drill/drill.js';
import type { DrilledBackup, DrillOptions, DrillOutcome } from '../../../core/verify/drill/drillOutcome.js';
import { readJobs } from '../../../core/store/jobs.js';
import { lastPassedDrill } from '../../../core/verify/lastPassedDrill.js';
import { lastGood } from '../../../core/store/selectBackup.js';
import { verifyBackup } from '../../../core/verify/verifyBackup.js';
import { BackupError } from '../../../core/system/errors.js';
import { realPorts, type Ports } from '../../../core/system/ports.js';
import type { Project } from '../../../core/project/project.js';
import { sqlite3 } from '../../support/fixtureProject.js';
import { makeFeatureDatabase } from '../../support/pythonSqlite.js';
import { stoppingFiles } from '../../support/stoppingFiles.js';
import { useTemporaryFolder } from '../../support/temporaryFolder.js';
import { testProject } from '../../support/testProject.js';

const MANUAL = { source: 'cli', reason: 'manual' } as const;

describe('restore drill', function () {
  this.timeout(60_000);
  const folder = useTemporaryFolder();
  let project: Project;

  beforeEach(() => {
    project = testProject(folder.join('shop'), { keepLast: 50 });
    makeFeatureDatabase(project.databasePath, { features: 40, passing: 0, journalMode: 'delete' });
  });
  afterEach('no scratch folder may be left', () => assert.deepEqual(scratchFolders(), []));

  const backUp = async (count: number): Promise<void> => {
    for (let made = 0; made < count; made += 1) {
      sqlite3(project.databasePath, `UPDATE features SET passes = id <= ${(made + 1).toString()}`);
      await createBackup(project, MANUAL, realPorts());
    }
  };
  const listed = () => readCatalog(project, realPorts()).backups;
  const run = async (options: DrillOptions = {}, ports: Ports = realPorts()) => await drill(project, ports, options);
  /** A `sqlite3` of the test, with only what its script needs on PATH. */
  const withProgram = (script: string): Ports => {
    const programs = folder.join('programs');
    mkdirSync(programs, { recursive: true });
    writeFileSync(join(programs, 'sqlite3'), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    return {
      ...realPorts(),
      environment: { ...process.env, PATH: `${programs}${delimiter}${process.env.PATH ?? ''}` },
    };
  };

  it('drills the newest, the oldest and one in between, compares every feature, and records each result', async () => {
    await backUp(6);
    const before = readFileSync(project.databasePath);
    const outcome = await run({ random: () => 0.5, readers: ['sqlite3'] });
    assert.equal(outcome.ok, true);
    const backups = listed();
    assert.deepEqual(summaryOf(outcome), [
      ['newest', backups[0]?.id, true, 'sqlite3'],
      ['random', backups[3]?.id, true, 'sqlite3'],
      ['oldest', backups[5]?.id, true, 'sqlite3'],
    ]);
    for (const [index, { metadata }] of backups.entries()) {
      const wasDrilled = [0, 3, 5].includes(index);
      assert.equal(metadata?.drilled?.ok, wasDrilled ? true : undefined);
      assert.equal(metadata?.verified?.ok, true);
    }
    assert.equal(lastPassedDrill(backups)?.backup.id, backups[0]?.id);
    assert.equal(readJobs(project, realPorts()).drill?.ok, true);
    assert.deepEqual(readFileSync(project.databasePath), before);
  });

  it('drills each once if fewer than three exist, and passes without any', async () => {
    assert.deepEqual(await run(), { drilled: [], ok: true });
    assert.equal(readJobs(project, realPorts()).drill, undefined);
    await backUp(1);
    assert.deepEqual(
      (await run()).drilled.map(({ choice }) => choice),
      ['newest'],
    );
    await backUp(1);
    assert.deepEqual(
      (await run()).drilled.map(({ choice }) => choice),
      ['newest', 'oldest'],
    );
  });

  it('reaches every backup between the newest and the oldest by chance', async () => {
    await backUp(5);
    const between = listed()
      .slice(1, -1)
      .map(({ id }) => id);
    const seen = [0, 0.34, 0.999].map(async (value) => {
      const { drilled } = await run({ random: () => value, readers: [] });
      return drilled.find(({ choice }) => choice === 'random')?.backup.id;
    });
    assert.deepEqual(await Promise.all(seen), between);
  });

  for (const [what, damage] of Object.entries<(path: string) => void>({
    'a flipped bit in a .db': (path) => flipByte(path),
    'a truncated .db': (path) => writeFileSync(path, readFileSync(path).subarray(0, 5000)),
    'a flipped bit in a .db.gz': (path) => flipByte(compress(path)),
    'a truncated .db.gz': (path) => {
      const compressed = compress(path);
      writeFileSync(compressed, readFileSync(compressed).subarray(0, 300));
    },
    'an empty .db': (path) => writeFileSync(path, ''),
  })) {
    it(`finds ${what}; that backup counts as damaged from then on, and the others as before`, async () => {
      await backUp(2);
      const [newest, oldest] = listed();
      assert.ok(newest && oldest);
      damage(newest.path);
      const outcome = await run({ readers: ['sqlite3'] });
      assert.deepEqual([outcome.ok, outcome.drilled.map(({ ok }) => ok)], [false, [false, true]]);
      assert.equal(outcome.drilled[0]?.isInconclusive, undefined);
      const [bad] = listed();
      assert.deepEqual([bad?.metadata?.verified?.ok, bad?.metadata?.drilled?.ok], [false, false]);
      assert.equal(lastGood(listed())?.id, oldest.id);
      assert.equal(lastPassedDrill(listed())?.backup.id, oldest.id);
      const job = readJobs(project, realPorts()).drill;
      assert.equal(job?.ok, false);
      assert.match(job.problem ?? '', new RegExp(`^${newest.id}: `));
    });
  }

  it('drills a compressed backup like a plain one', async () => {
    await backUp(1);
    compress(listed()[0]?.path ?? '');
    const { ok, drilled } = await run({ readers: ['sqlite3'] });
    assert.deepEqual([ok, drilled[0]?.backup.compressed], [true, true]);
  });

  it('finds counts that differ from the metadata', async () => {
    await backUp(1);
    const [backup] = listed();
    assert.ok(backup);
    const path = backup.path.replace(/db$/, 'json');
    writeFileSync(path, readFileSync(path, 'utf8').replace('"passing_count": 1', '"passing_count": 2'));
    const { drilled } = await run();
    assert.deepEqual(drilled[0]?.problems, ['It contains 1 passing feature instead of 2']);
  });

  it('reports that no second reader is available', async () => {
    await backUp(1);
    const ports = { ...realPorts(), environment: { PATH: `relative${delimiter}${folder.join('nothing')}` } };
    const { drilled } = await run({ readers: ['sqlite3'] }, ports);
    assert.deepEqual(summaryOf({ ok: true, drilled })[0]?.slice(2), [true, 'sql.js']);
    assert.equal(listed()[0]?.metadata?.drilled?.reader, 'sql.js');
  });

  it('compares every kind of value: numbers, reals, blobs, texts with null characters and in other scripts', async () => {
    sqlite3(
      project.databasePath,
      `UPDATE features SET priority = 9223372036854775807 WHERE id = 1;
       UPDATE features SET priority = 0.1 WHERE id = 2; UPDATE features SET priority = 1e300 WHERE id = 3;
       UPDATE features SET description = x'00ff10' WHERE id = 4; UPDATE features SET name = 'a|b' || char(0, 10) || 'ж' WHERE id = 5;
       UPDATE features SET dependencies = NULL, name = '' WHERE id = 6; ALTER TABLE features ADD COLUMN "odd ""name|" TEXT DEFAULT 'x'`,
    );
    await createBackup(project, MANUAL, realPorts());
    const { ok, drilled } = await run({ readers: ['sqlite3'] });
    assert.deepEqual([ok, drilled[0]?.problems, drilled[0]?.reader], [true, [], 'sqlite3']);
  });

  it('fails if the second reader finds different values, a different number of features, or damage', async () => {
    await backUp(1);
    const real = sqliteProgram();
    const other = await run({ readers: ['sqlite3'] }, withProgram(`${real} "$@" | sed '12s/:3/:4/g'`));
    assert.match(other.drilled[0]?.problems.join() ?? '', /^sqlite3 and sql\.js read different values for feature 10$/);
    assert.equal(other.drilled[0]?.backup.metadata?.verified?.ok, false);
    const fewer = await run({ readers: ['sqlite3'] }, withProgram(`${real} "$@" | sed 12d`));
    assert.deepEqual(fewer.drilled[0]?.problems, ['sqlite3 reads 39 features, but sql.js reads 40']);
    const damage = await run({ readers: ['sqlite3'] }, withProgram(`${real} "$@" | sed '1s/ok/row 3 missing/'`));
    assert.deepEqual(damage.drilled[0]?.problems, ['sqlite3 reports: row 3 missing']);
    const malformed = 'echo "Error: database disk image is malformed" >&2; exit 11';
    const refused = await run({ readers: ['sqlite3'] }, withProgram(malformed));
    assert.match(refused.drilled[0]?.problems[0] ?? '', /malformed/);
    assert.ok(refused.drilled.every(({ isInconclusive }) => isInconclusive !== true));
  });

  for (const [what, script] of Object.entries({
    hangs: 'sleep 600',
    'hangs, with a child process': 'sleep 600 & wait',
    'prints garbage': 'echo garbage',
    'prints garbage instead of rows': "echo ok; echo rows:; echo 'DROP TABLE'; echo end.",
    'stops in the middle': `REAL "$@" | head -n 9`,
    'never stops printing': 'yes ok',
    'prints an endless line': 'echo rows:; tr "\\0" x < /dev/zero',
    fails: 'echo no >&2; exit 1',
    'is killed': 'kill -9 $$',
  })) {
    it(`fails cleanly if the second reader ${what}, without effect on the backup`, async () => {
      await backUp(1);
      const ports = withProgram(script.replace('REAL', sqliteProgram()));
      const { ok, drilled } = await run({ readers: ['sqlite3'], limitMs: 2000 }, ports);
      assert.deepEqual([ok, drilled[0]?.isInconclusive], [false, true]);
      assert.match(drilled[0]?.problems[0] ?? '', /sqlite3/);
      const { metadata } = listed()[0] ?? {};
      assert.deepEqual([metadata?.verified?.ok, metadata?.drilled], [true, undefined]);
      assert.equal(readJobs(project, realPorts()).drill?.ok, false);
    });
  }

  it('reports what the second reader printed before it failed, or else how it ended', async () => {
    await backUp(1);
    const problem = async (script: string): Promise<string> =>
      (await run({ readers: ['sqlite3'] }, withProgram(script))).drilled[0]?.problems[0] ?? '';
    assert.match(await problem('echo no room >&2; exit 3'), /: no room$/);
    assert.match(await problem('exit 3'), /: it exited with 3$/);
  });

  it('reports at most 32 of the problems that the second reader finds', async () => {
    await backUp(1);
    const script = 'for i in $(seq 40); do echo "row $i missing"; done; echo rows:; echo end.';
    const { drilled } = await run({ readers: ['sqlite3'] }, withProgram(script));
    assert.equal(drilled[0]?.problems.length, 32);
  });

  it('fails cleanly if the program does not exist or cannot be run', async () => {
    await backUp(1);
    const ports = withProgram('');
    writeFileSync(folder.join('programs', 'sqlite3'), 'no program', { mode: 0o755 });
    assert.equal((await run({ readers: ['sqlite3'] }, ports)).drilled[0]?.isInconclusive, true);
    chmodSync(folder.join('programs', 'sqlite3'), 0o644);
    assert.equal((await run({ readers: ['sqlite3'] }, ports)).ok, true);
  });

  it('has no effect on the backup if the disk has no space for the restore', async () => {
    await backUp(1);
    const { files, calls } = stoppingFiles({ at: 6, how: 'ENOSPC' });
    const { ok, drilled } = await run({}, { ...realPorts(), files });
    assert.match(calls.slice(0, 6).join(), /restore-staged,writeSync \d+$/);
    assert.deepEqual([ok, drilled[0]?.isInconclusive], [false, true]);
    assert.match(drilled[0]?.problems[0] ?? '', /ENOSPC/);
    assert.equal(listed()[0]?.metadata?.verified?.ok, true);
  });

  it('clears a failed drill only after a passing one, not after a verification', async () => {
    await backUp(1);
    await run({ readers: ['sqlite3'] }, withProgram(`${sqliteProgram()} "$@" | sed 12d`));
    const [backup] = listed();
    assert.ok(backup);
    const { ok, problems } = await verifyBackup(project, backup, realPorts());
    assert.deepEqual([ok, lastGood(listed())], [true, undefined]);
    assert.match(problems.join(), /last restore drill/);
    assert.equal((await run({ readers: ['sqlite3'] })).ok, true);
    assert.equal(lastGood(listed())?.id, backup.id);
  });

  it('drills a named backup, and leaves the job record unchanged', async () => {
    await backUp(3);
    const backup = listed()[1];
    const { drilled } = await run({ backup });
    assert.deepEqual(
      drilled.map((one) => [one.choice, one.backup.id]),
      [['named', backup?.id]],
    );
    assert.equal(readJobs(project, realPorts()).drill, undefined);
  });

  it('also drills a state of the history, and finds damage there', async () => {
    project = testProject(project.root, { keepLast: 1, keepDaily: 0, keepWeekly: 0 });
    await backUp(4);
    const { ok, drilled } = await run({ random: () => 0.9, readers: ['sqlite3'] });
    assert.deepEqual(
      [ok, drilled.map(({ choice, reader, problems }) => [choice, reader, problems])],
      [
        true,
        [
          ['newest', 'sqlite3', []],
          ['history', 'sqlite3', []],
        ],
      ],
    );
    flipByte(drilled[1]?.backup.path ?? '');
    const rotten = await run({ readers: ['sqlite3'] });
    assert.deepEqual([rotten.ok, rotten.drilled.at(-1)?.choice], [false, 'history']);
    assert.equal(readJobs(project, realPorts()).drill?.ok, false);
  });

  it('refuses an emergency backup, and omits a backup that is pruned meanwhile', async () => {
    await backUp(2);
    const [newest, oldest] = listed();
    assert.ok(newest && oldest);
    await assert.rejects(run({ backup: { ...newest, kind: 'emergency' } }), hasCode('usage'));
    renameSync(oldest.path, folder.join('elsewhere.db'));
    assert.deepEqual((await run({ backup: oldest })).drilled, []);
  });
});

function summaryOf({ drilled }: DrillOutcome): readonly (readonly unknown[])[] {
  return drilled.map(({ choice, backup, ok, reader }: DrilledBackup) => [choice, backup.id, ok, reader]);
}

function scratchFolders(): readonly string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`feature-backups-drill-${process.pid.toString()}-`));
}

function flipByte(path: string): void {
  const bytes = readFileSync(path);
  const at = Math.floor(bytes.length / 2);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
}

/** Replaces a backup with a `.db.gz`. */
function compress(path: string): string {
  writeFileSync(`${path}.gz`, gzipSync(readFileSync(path)));
  renameSync(path, folderless(path));
  return `${path}.gz`;
}

function folderless(path: string): string {
  return path.replace(/[^/]+$/, 'plain-copy');
}

function sqliteProgram(): string {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    if (readdirOrNothing(folder).includes('sqlite3')) return join(folder, 'sqlite3');
  }
  throw new Error('No sqlite3 program on PATH');
}

function readdirOrNothing(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function hasCode(code: string) {
  return (error: unknown): boolean => error instanceof BackupError && error.code === code;
}
